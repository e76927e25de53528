package login

func newSystem(program string) system { return launchd{program} }
