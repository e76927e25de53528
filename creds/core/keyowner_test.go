package core_test

import "testing"

func TestAKeysProfileIsTheOneThatItBelongsTo(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		const role = "role_arn = arn:aws:iam::111111111111:role/ReadOnly\n"
		w.write(w.files.Config, "[profile alice]\n\n[profile hub]\n"+role+"source_profile = alice\n"+
			"[profile spoke]\n"+role+"source_profile = hub\n"+
			"[profile keyed]\n"+role+"source_profile = alice\n"+
			"[profile through-keyed]\n"+role+"source_profile = keyed\n"+
			"[profile no-role]\nsource_profile = alice\n"+
			"[profile through-no-role]\n"+role+"source_profile = no-role\n"+
			"[profile self]\n"+role+"source_profile = self\n"+
			"[profile lost]\n"+role+"source_profile = nobody\n"+
			"[profile elsewhere]\n"+role+"credential_source = Environment\n"+
			"[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n"+
			"[profile sso]\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = X\n"+
			"[profile through-sso]\n"+role+"source_profile = sso\n")
		w.write(w.files.Credentials, keyLines("keyed", "AKIAIOSFODNN7EXAMPLE", "secret")+keyLines("self", "AKIAIOSFODNN7EXAMPLE", "secret"))
		for name, want := range map[string]string{
			"alice": "alice", "hub": "alice", "spoke": "alice", "keyed": "alice", "through-keyed": "keyed",
			"no-role": "no-role", "through-no-role": "no-role", "self": "self", "lost": "lost",
			"elsewhere": "elsewhere", "sso": "sso", "through-sso": "sso",
		} {
			if s, err := w.m.Status(t.Context(), name); err != nil || s.KeyOwner() != want {
				t.Errorf("the key of %s is that of %s, %v, want %s", name, s.KeyOwner(), err, want)
			}
		}
	})
}
