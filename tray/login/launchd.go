//go:build !windows

package login

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// launchd starts the agents of ~/Library/LaunchAgents when the person logs in
// (launchd.plist(5), "Creating Launch Daemons and Agents" of Apple's Daemons and
// Services Programming Guide). It sees changes at the next login; loading them would
// start or end daypass at once.
//
// The switch in System Settings, Login Items, is launchd's own and not in the file: a
// person who has switched daypass off there must switch it on there.
type launchd struct{ program string }

// agentFormat is the property list. A job of session type Aqua runs only on a desktop.
// Without KeepAlive daypass is not started again after its end, and with
// AbandonProcessGroup the programs that it has started outlive it.
const agentFormat = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>%s</string>
	<key>ProgramArguments</key>
	<array>
		<string>%s</string>
	</array>
	<key>RunAtLoad</key>
	<true/>
	<key>LimitLoadToSessionType</key>
	<string>Aqua</string>
	<key>ProcessType</key>
	<string>Interactive</string>
	<key>AbandonProcessGroup</key>
	<true/>
</dict>
</plist>
`

func (l launchd) path() (string, error) {
	home, err := os.UserHomeDir()
	return filepath.Join(home, "Library", "LaunchAgents", id+".plist"), err
}

func (l launchd) enabled() (bool, error) {
	path, err := l.path()
	if err != nil {
		return false, err
	}
	text, there, err := readFile(path)
	if err != nil || !there {
		return false, err
	}
	on, err := startsAgent(text)
	if err != nil {
		return false, fmt.Errorf("%s is no property list in XML (%w): please remove it", path, err)
	}
	return on, nil
}

// enable keeps a file in which a person starts something else. Switching off removes
// the file: launchd's own key for that, Disabled, is only a hint.
func (l launchd) enable(on bool) error {
	path, err := l.path()
	if err != nil {
		return err
	}
	if !on {
		return remove(path)
	}
	if enabled, err := l.enabled(); err != nil || enabled {
		return err
	}
	if err := check(l.program); err != nil {
		return err
	}
	var program strings.Builder
	if err := xml.EscapeText(&program, []byte(l.program)); err != nil {
		return err
	}
	return writeFile(path, fmt.Sprintf(agentFormat, id, program.String()))
}

// startsAgent reports whether launchd starts a program for a property list at login.
func startsAgent(text string) (bool, error) {
	var list struct {
		XMLName xml.Name `xml:"plist"`
		Dict    dict     `xml:"dict"`
	}
	if err := xml.Unmarshal([]byte(text), &list); err != nil {
		return false, err
	}
	program := list.Dict["Program"]
	if program == "" {
		program = list.Dict["ProgramArguments"]
	}
	starts := list.Dict["RunAtLoad"] == "true" || list.Dict["KeepAlive"] == "true"
	return starts && list.Dict["Disabled"] != "true" && isThere(program), nil
}

// dict is a property list's dictionary: its strings, its booleans, and the first string
// of each array.
type dict map[string]string

// UnmarshalXML reads a dict element.
func (d *dict) UnmarshalXML(decoder *xml.Decoder, _ xml.StartElement) error {
	*d = make(dict)
	for name := ""; ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			if _, ended := token.(xml.EndElement); ended {
				return nil
			}
			continue
		}
		var value struct {
			Text    string   `xml:",chardata"`
			Strings []string `xml:"string"`
		}
		if err := decoder.DecodeElement(&value, &element); err != nil {
			return err
		}
		switch element.Name.Local {
		case "key":
			name = strings.TrimSpace(value.Text)
		case "string":
			(*d)[name] = value.Text
		case "true", "false":
			(*d)[name] = element.Name.Local
		case "array":
			if len(value.Strings) > 0 {
				(*d)[name] = value.Strings[0]
			}
		}
	}
}
