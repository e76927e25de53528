package agent

// watchFiles notices what people and other programs do with the AWS files. What
// the Manager has written itself it knows by the files' stamps.
func (a *Agent) watchFiles() {
	for err := range a.files.Files(a.life, a.cfg.Files.Config, a.cfg.Files.Credentials) {
		if err != nil {
			// They are looked at whenever somebody asks.
			a.cfg.Log.Warn("changes of the AWS files may go unnoticed", "error", err)
		}
		a.cfg.Manager.Reread(a.life)
	}
}

// watchTokens notices what the AWS CLI and SDKs do with the token cache: sign in
// and out, and renew.
func (a *Agent) watchTokens() {
	for err := range a.cfg.Tokens.Watch(a.life, &a.files) {
		if err != nil {
			// It is looked at whenever somebody asks.
			a.cfg.Log.Warn("changes of the token cache may go unnoticed", "error", err)
		}
		a.cfg.Manager.RereadTokens(a.life)
	}
}

// watchSettings has a change of the settings followed at once.
func (a *Agent) watchSettings() {
	for update := range a.cfg.Settings.Watch(a.life, &a.files) {
		a.cfg.Manager.SettingsChanged()
		a.cfg.Manager.NoteSettings(update.Err)
	}
}
