package locale

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestALocaleThatNamesNoLanguageIsMadeOneThatFyneCanParse(t *testing.T) {
	type env map[string]string
	for name, test := range map[string]struct{ environment, want env }{
		"nothing is set":                         {nil, env{"LANGUAGE": "en"}},
		"the locale is C":                        {env{"LANG": "C"}, env{"LANG": "C.UTF-8", "LANGUAGE": "en"}},
		"the locale is POSIX, and all of it":     {env{"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8"}, env{"LC_ALL": "C.UTF-8", "LANGUAGE": "en"}},
		"messages alone are C":                   {env{"LC_MESSAGES": "C", "LANG": "de_DE.UTF-8"}, env{"LC_MESSAGES": "C.UTF-8", "LANGUAGE": "en"}},
		"the locale is C with UTF-8":             {env{"LANG": "C.UTF-8"}, env{"LANGUAGE": "en"}},
		"a language is preferred to C.UTF-8":     {env{"LANG": "C.UTF-8", "LANGUAGE": "de"}, env{}},
		"C asks for no language":                 {env{"LANG": "C", "LANGUAGE": "de"}, env{"LANG": "C.UTF-8", "LANGUAGE": "en"}},
		"C is among the languages":               {env{"LANG": "de_AT.UTF-8", "LANGUAGE": "de_AT:de:C"}, env{"LANGUAGE": "de_AT:de"}},
		"the locale names a language":            {env{"LANG": "en_GB.UTF-8"}, env{}},
		"the locale has a modifier":              {env{"LANG": "sr_RS.UTF-8@latin"}, env{}},
		"LC_ALL names a language, and LANG none": {env{"LC_ALL": "pt_BR.UTF-8", "LANG": "C"}, env{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := changes(func(name string) string { return test.environment[name] })
			if diff := cmp.Diff(map[string]string(test.want), got); diff != "" {
				t.Errorf("what is set (-want +got)\n%s", diff)
			}
		})
	}
}
