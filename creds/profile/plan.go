package profile

// Plan is what decides on profiles besides the AWS files. It never changes once made, so
// that two are the same if their addresses are: what it is made of changes by making
// another. The zero value is that of a person who has chosen nothing.
type Plan struct {
	// Layout is the person's choice of one, for profiles of which the files say nothing else.
	Layout LayoutSettings
	// Recipes are the saved profiles, by their names.
	Recipes map[string]Recipe
}

// LayoutSettings are the settings on the layout of the AWS files, as the person has them.
// A suffix may be "none"; an empty one is that of the layout.
type LayoutSettings struct {
	Layout, LongTermSuffix, DerivedSuffix string
}

// Recipe is a profile that a login has made of others, and that is in no file.
type Recipe struct {
	// Source is the profile whose key it starts from.
	Source string `json:"source"`
	// RoleARN, unless "", is the role to assume.
	RoleARN     string `json:"role_arn,omitempty"`
	SessionName string `json:"role_session_name,omitempty"`
	ExternalID  string `json:"external_id,omitempty"`
	// MFASerial replaces the source's device, unless "".
	MFASerial string `json:"mfa_serial,omitempty"`
	// Layout is the name of the one that its section is written in.
	Layout string `json:"layout,omitempty"`
}
