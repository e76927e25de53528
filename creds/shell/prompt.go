package shell

import (
	"path/filepath"
	"strings"
	"unicode"
)

// Subshell is how to start a shell whose prompt begins with the name in [Exec]. The name is
// data there, as shells evaluate their prompts: it comes from the environment, and not through
// the text of a prompt.
type Subshell struct {
	// Args come after the shell's own name.
	Args []string
	// Env are variables by their names.
	Env map[string]string
	// Files are texts by their paths.
	Files map[string]string
}

// zdotdir has the folder of a person's own files while zsh reads others.
const zdotdir = "DAYPASS_ZDOTDIR"

// MarkedShell returns how to start the shell at a path with the profile's name in its prompt.
// Its start files are read first. dir is a folder for files, and lookup the environment, like
// os.LookupEnv.
func MarkedShell(path, profile, dir string, lookup func(string) (string, bool)) Subshell {
	switch strings.TrimSuffix(strings.ToLower(filepath.Base(path)), ".exe") {
	case "bash":
		rc := filepath.Join(dir, "bashrc")
		return Subshell{Args: []string{"--rcfile", rc}, Files: map[string]string{rc: bashMark}}
	case "zsh":
		own, there := lookup("ZDOTDIR")
		env := map[string]string{"ZDOTDIR": dir}
		if there {
			env[zdotdir] = own
		}
		return Subshell{Env: env, Files: map[string]string{
			filepath.Join(dir, ".zshenv"): zshMarkEnv, filepath.Join(dir, ".zshrc"): zshMark,
		}}
	case "fish":
		return Subshell{Args: []string{"--init-command", fishMark}}
	case "pwsh", "powershell":
		return Subshell{Args: []string{"-NoExit", "-Command", powershellMark}}
	case "cmd":
		// A dollar sign begins a code there.
		return Subshell{Env: map[string]string{"PROMPT": "(" + strings.ReplaceAll(shown(profile), "$", "$$") + ") $P$G"}}
	}
	mark := "(${" + Exec + "}) $ "
	if shown(profile) != profile {
		mark = "(daypass) $ " // sh cannot take out what moves the cursor
	}
	return Subshell{Env: map[string]string{"PS1": mark}}
}

// shown replaces what a terminal would not show, but obey.
func shown(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, text)
}

// bashMark is the start file of a marked bash. What a parameter expands to in a prompt is
// expanded no further; without the option promptvars only backslashes mean something there.
// Programs that make the prompt anew each time are followed by the mark.
const bashMark = `# Written by daypass, which starts bash with it.
if [ -r ~/.bashrc ]; then . ~/.bashrc; fi
function _daypass_mark {
	builtin local daypass_status=$? daypass_mark='(${DAYPASS_EXEC//[[:cntrl:]]/?}) '
	if ! builtin shopt -q promptvars; then
		daypass_mark="(${DAYPASS_EXEC//[[:cntrl:]]/?}) "
		daypass_mark=${daypass_mark//\\/\\\\}
	fi
	if [[ ${PS1:0:${#daypass_mark}} != "$daypass_mark" ]]; then PS1=$daypass_mark$PS1; fi
	builtin return "$daypass_status"
}
if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)); then
	PROMPT_COMMAND+=(_daypass_mark)
else
	PROMPT_COMMAND="${PROMPT_COMMAND:+$PROMPT_COMMAND
}_daypass_mark"
fi
`

// zshMarkEnv and zshMark are the start files of a marked zsh. They read the person's own, which
// may move ZDOTDIR.
const zshMarkEnv = `# Written by daypass, which starts zsh with it.
_daypass_dir=$ZDOTDIR
if [[ -v DAYPASS_ZDOTDIR ]]; then ZDOTDIR=$DAYPASS_ZDOTDIR; else unset ZDOTDIR; fi
unset DAYPASS_ZDOTDIR
if [[ -r ${ZDOTDIR:-$HOME}/.zshenv ]]; then . ${ZDOTDIR:-$HOME}/.zshenv; fi
_daypass_own=${ZDOTDIR-}
ZDOTDIR=$_daypass_dir
`

// A value of psvar is neither expanded nor read for percent signs.
const zshMark = `# Written by daypass, which starts zsh with it.
if [[ -n $_daypass_own ]]; then ZDOTDIR=$_daypass_own; else unset ZDOTDIR; fi
if [[ ${HISTFILE-} == $_daypass_dir/* ]]; then HISTFILE=${ZDOTDIR:-$HOME}/${HISTFILE:t}; fi
unset _daypass_dir _daypass_own
if [[ -r ${ZDOTDIR:-$HOME}/.zshrc ]]; then . ${ZDOTDIR:-$HOME}/.zshrc; fi
function _daypass_mark {
	builtin emulate -L zsh
	psvar[8]=${DAYPASS_EXEC//[[:cntrl:]]/?}
	if [[ $PROMPT != '(%8v) '* ]]; then PROMPT='(%8v) '$PROMPT; fi
}
typeset -ga precmd_functions
precmd_functions+=(_daypass_mark)
`

const fishMark = `functions --query _daypass_prompt; or functions --copy fish_prompt _daypass_prompt
function _daypass_status; return $argv[1]; end
function fish_prompt
    set -l daypass_status $status
    printf '(%s) ' (string join '?' -- $DAYPASS_EXEC | string collect | string replace -ra '[[:cntrl:]]' '?')
    _daypass_status $daypass_status
    _daypass_prompt
end`

const powershellMark = `$function:daypassPrompt = $function:prompt; ` +
	`function global:prompt { '(' + ($Env:DAYPASS_EXEC -replace '\p{Cc}', '?') + ') ' + (daypassPrompt) }`
