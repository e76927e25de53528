package shell

import (
	"cmp"
	"fmt"
	"strings"
)

// Hook returns what a shell evaluates when it starts: a function daypass around the program,
// completion for it, and the function of a prompt's segment. program is a path, or "" for the
// one that the shell finds. Each of the old words is a function that runs the program with
// "as" and the word.
//
// An alias of the name of a function would come before it, and is taken out.
//
// The function evaluates the output of "switch", "mfa" and "unset", once the program has ended
// with 0. All else it passes on.
func Hook(shell, program string, old []string) (string, error) {
	l, err := languageOf(shell)
	if err != nil {
		return "", err
	}
	command := ""
	if program != "" {
		if command, err = l.quote(program); err != nil {
			return "", err
		}
	}
	var words strings.Builder
	for _, word := range old {
		words.WriteString(strings.ReplaceAll(oldWords[shell], "WORD", word))
	}
	return l.hook(command, words.String()), nil
}

// oldWords are the functions of old words.
var oldWords = map[string]string{
	"bash":       "\\builtin unalias WORD 2>/dev/null || \\builtin :\nfunction WORD { _daypass_set as WORD \"$@\"; }\n",
	"zsh":        "\\builtin unalias WORD 2>/dev/null || \\builtin :\nfunction WORD { _daypass_set as WORD \"$@\"; }\n",
	"fish":       "function WORD; _daypass_set as WORD $argv; end\n",
	"powershell": "Remove-Item Alias:WORD -ErrorAction Ignore\nfunction global:WORD { _daypass_set as WORD @args }\n",
}

// filled puts the program and the old words into a hook.
func filled(hook, program, old string) string {
	return strings.NewReplacer("PROGRAM", program, "# OLD\n", old).Replace(hook)
}

// In bash and zsh a backslash keeps aliases out, and "builtin" functions. The options -x and
// -v would show the secrets that "switch --keys" sets.

func bashHook(program, old string) string {
	return filled(bashText, cmp.Or(program, `\command daypass`), old)
}

// bashText works in bash 3.2, too, where no option is local, and a prompt has no clock.
const bashText = `\builtin unalias daypass 2>/dev/null || \builtin :
function _daypass_set {
	\builtin local daypass_trace=${-//[!vx]/} daypass_out= daypass_status=0
	{ \builtin local -; } 2>/dev/null || \builtin :
	\builtin set +vx
	daypass_out=$(DAYPASS_SHELL=bash PROGRAM "$@") || daypass_status=$?
	if [[ $daypass_status == 0 ]]; then \builtin eval "$daypass_out" || daypass_status=$?; fi
	if [[ $daypass_trace ]]; then \builtin set "-$daypass_trace"; fi
	\builtin return "$daypass_status"
}
function daypass {
	case ${1-} in
	switch | mfa | unset) _daypass_set "$@" ;;
	*) PROGRAM "$@" ;;
	esac
}
# OLD
function _daypass_complete {
	\builtin eval "$(PROGRAM completion bash)"
	\builtin return 124
}
\builtin complete -F _daypass_complete daypass 2>/dev/null || \builtin :
_daypass_text='' _daypass_until=0 _daypass_again=0 _daypass_for='   ' DAYPASS_SEGMENT=''
function daypass_prompt {
	\builtin local daypass_status=$? daypass_now=${EPOCHSECONDS:-0} daypass_left=''
	\builtin local daypass_for="${AWS_PROFILE-} ${DAYPASS_PROFILE-} ${DAYPASS_SESSION-} ${AWS_ACCESS_KEY_ID-}"
	if [[ $daypass_for != "$_daypass_for" ]] || [[ $_daypass_again -gt 0 && $daypass_now -ge $_daypass_again ]]; then
		_daypass_for=$daypass_for _daypass_text='' _daypass_until=0 _daypass_again=0
		\builtin eval "$(PROGRAM prompt bash 2>/dev/null)"
	fi
	if [[ $daypass_now -gt 0 && $_daypass_until -gt $daypass_now ]]; then
		daypass_left=$(((_daypass_until - daypass_now) / 60))
		if [[ $daypass_left -ge 60 ]]; then
			daypass_left=" $((daypass_left / 60))h$((daypass_left % 60))m"
		else
			daypass_left=" ${daypass_left}m"
		fi
	fi
	DAYPASS_SEGMENT=${_daypass_text:+"($_daypass_text$daypass_left) "}
	\builtin return "$daypass_status"
}
`

func zshHook(program, old string) string {
	return filled(zshText, cmp.Or(program, `\command daypass`), old)
}

// zshText quotes all, so that it depends on no option but in the prompt: "emulate -L" there, and
// not for the rest, where it would take err_exit from the caller.
const zshText = `\builtin unalias daypass 2>/dev/null || \builtin :
function _daypass_set {
	\builtin setopt local_options no_xtrace no_verbose
	\builtin local daypass_out= daypass_status=0
	daypass_out=$(DAYPASS_SHELL=zsh PROGRAM "$@") || daypass_status=$?
	if [[ "$daypass_status" == 0 ]]; then \builtin eval "$daypass_out" || daypass_status=$?; fi
	\builtin return "$daypass_status"
}
function daypass {
	case "${1-}" in
	switch | mfa | unset) _daypass_set "$@" ;;
	*) PROGRAM "$@" ;;
	esac
}
# OLD
function _daypass {
	\builtin unfunction _daypass
	\builtin eval "$(PROGRAM completion zsh)"
	_daypass "$@"
}
if \builtin whence compdef >/dev/null; then compdef _daypass daypass; fi
\builtin zmodload zsh/datetime 2>/dev/null || \builtin :
\builtin typeset -g _daypass_text= _daypass_until=0 _daypass_again=0 _daypass_for="   "
function daypass_prompt {
	\builtin local daypass_status=$?
	\builtin emulate -L zsh
	\builtin local daypass_now=${EPOCHSECONDS:-0} daypass_left=
	\builtin local daypass_for="${AWS_PROFILE-} ${DAYPASS_PROFILE-} ${DAYPASS_SESSION-} ${AWS_ACCESS_KEY_ID-}"
	if [[ $daypass_for != "$_daypass_for" ]] || (( _daypass_again > 0 && daypass_now >= _daypass_again )); then
		_daypass_for=$daypass_for _daypass_text= _daypass_until=0 _daypass_again=0
		\builtin eval "$(PROGRAM prompt zsh 2>/dev/null)"
	fi
	if (( daypass_now > 0 && _daypass_until > daypass_now )); then
		daypass_left=$(( (_daypass_until - daypass_now) / 60 ))
		if (( daypass_left >= 60 )); then
			daypass_left=" $((daypass_left / 60))h$((daypass_left % 60))m"
		else
			daypass_left=" ${daypass_left}m"
		fi
	fi
	psvar[9]=${_daypass_text:+"($_daypass_text$daypass_left) "}
	\builtin return "$daypass_status"
}
`

func fishHook(program, old string) string {
	return filled(fishText, cmp.Or(program, "command daypass"), old)
}

const fishText = `function _daypass_set
    set -l fish_trace
    set -l out (DAYPASS_SHELL=fish PROGRAM $argv)
    or return
    set -l text (string join \n -- $out | string collect)
    builtin eval "$text"
end
function daypass
    switch "$argv[1]"
        case switch mfa unset
            _daypass_set $argv
        case '*'
            PROGRAM $argv
    end
end
# OLD
PROGRAM completion fish | source
set -g _daypass_text ''
set -g _daypass_for '   '
function daypass_prompt
    set -l code $status
    set -l for "$AWS_PROFILE $DAYPASS_PROFILE $DAYPASS_SESSION $AWS_ACCESS_KEY_ID"
    if test "$for" != "$_daypass_for"
        set -g _daypass_for $for
        set -g _daypass_text ''
        builtin eval (PROGRAM prompt fish 2>/dev/null)
    end
    if test -n "$_daypass_text"
        builtin echo -n "($_daypass_text) "
    end
    return $code
end
`

func powershellHook(program, old string) string {
	if program == "" {
		program = "(Get-Command daypass -CommandType Application -TotalCount 1).Source"
	}
	return filled(powershellText, program, old)
}

// powershellText was not tried.
const powershellText = `Remove-Item Alias:daypass -ErrorAction Ignore
function global:_daypass_set {
  $Env:DAYPASS_SHELL = 'powershell'
  try { $daypassOut = & (PROGRAM) @args | Out-String } finally { $Env:DAYPASS_SHELL = $null }
  if ($LASTEXITCODE -eq 0 -and $daypassOut.Trim() -ne '') { Invoke-Expression $daypassOut }
}
function global:daypass {
  if ($args.Count -gt 0 -and @('switch', 'mfa', 'unset') -ccontains $args[0]) { _daypass_set @args }
  elseif ($MyInvocation.ExpectingInput) { $input | & (PROGRAM) @args }
  else { & (PROGRAM) @args }
}
# OLD
& (PROGRAM) completion powershell | Out-String | Invoke-Expression
$global:_daypass_text = ''; $global:_daypass_until = 0; $global:_daypass_again = 0; $global:_daypass_for = '   '
function global:daypass_prompt {
  $daypassStatus = $global:LASTEXITCODE
  $daypassNow = [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
  $daypassFor = "$Env:AWS_PROFILE $Env:DAYPASS_PROFILE $Env:DAYPASS_SESSION $Env:AWS_ACCESS_KEY_ID"
  if ($daypassFor -cne $_daypass_for -or ([long]$_daypass_again -gt 0 -and $daypassNow -ge [long]$_daypass_again)) {
    $global:_daypass_for = $daypassFor; $global:_daypass_text = ''; $global:_daypass_until = 0; $global:_daypass_again = 0
    $daypassOut = & (PROGRAM) prompt powershell 2>$null | Out-String
    if ($daypassOut.Trim() -ne '') { Invoke-Expression $daypassOut }
  }
  $daypassLeft = ''
  if ([long]$_daypass_until -gt $daypassNow) {
    $daypassMinutes = [math]::Floor(([long]$_daypass_until - $daypassNow) / 60)
    if ($daypassMinutes -ge 60) { $daypassLeft = " $([math]::Floor($daypassMinutes / 60))h$($daypassMinutes % 60)m" }
    else { $daypassLeft = " ${daypassMinutes}m" }
  }
  $global:LASTEXITCODE = $daypassStatus
  if ($_daypass_text -ne '') { "($_daypass_text$daypassLeft) " }
}
`

var languages = []language{
	{
		name: "bash", quote: Word,
		set: "\\builtin export %s=%s\n", local: "%s=%s\n", unset: "\\builtin unset %s\n",
		hook: bashHook,
	},
	{
		name: "zsh", quote: Word,
		set: "\\builtin export %s=%s\n", local: "\\builtin typeset -g %s=%s\n", unset: "\\builtin unset %s\n",
		hook: zshHook,
	},
	{
		// A universal variable belongs to all shells. This one hides it behind an empty one,
		// which AWS's tools ignore: fish passes it on otherwise.
		name: "fish", quote: fishWord, noClock: true,
		set: "builtin set -gx %s %s;\n", local: "builtin set -g %s %s;\n",
		unset:  "builtin set -eg %[1]s; builtin set -qU %[1]s; and builtin set -gx %[1]s \"\"; or builtin true;\n",
		reveal: "builtin set -qU %[1]s; and builtin test -z \"$%[1]s\"; and builtin set -eg %[1]s; or builtin true;\n",
		hook:   fishHook,
	},
	{
		name: "powershell", quote: PowerShellWord,
		set: "$Env:%s=%s;\n", local: "$global:%s=%s;\n", unset: "$Env:%s=$null;\n",
		hook: powershellHook,
	},
}

// start is how shells load what a hook is, and the files that they start with.
var start = map[string]struct{ file, line string }{
	"bash":       {"~/.bashrc", `eval "$(daypass shell-init bash%s)"`},
	"zsh":        {"~/.zshrc", `eval "$(daypass shell-init zsh%s)"`},
	"fish":       {"~/.config/fish/config.fish", "daypass shell-init fish%s | source"},
	"powershell": {"$PROFILE", "daypass shell-init powershell%s | Out-String | Invoke-Expression"},
}

// Loading returns the line that has a shell load its hook, and the file for it. flag is "" or
// one of shell-init's.
func Loading(shell, flag string) (file, line string) {
	if flag != "" {
		flag = " " + flag
	}
	return start[shell].file, fmt.Sprintf(start[shell].line, flag)
}
