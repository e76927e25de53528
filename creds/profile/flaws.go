package profile

import (
	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/internal/lang"
)

// A Flaw is what AWS's own tools do not read, or read otherwise than daypass does, with
// what to do about it.
type Flaw struct {
	creds.Error
	// hides is set if some of the tools do not find the section at all.
	hides bool
}

// flaws are those of the two files.
type flaws struct {
	// Refused are lines for which the AWS CLI refuses a whole file, and so every
	// profile.
	Refused []creds.Error
	// others belong to no profile: to unknown sections, say.
	others []creds.Error
	// of has those of sections that daypass reads.
	of map[awsfile.Section][]Flaw
}

// maxFlaws is how many lines of a file are named: in a file of another format each line
// is a flaw.
const maxFlaws = 5

// flawsIn looks through the files.
func flawsIn(paths awsfile.Paths, config, credentials *awsfile.File) flaws {
	all := flaws{of: map[awsfile.Section][]Flaw{}}
	for _, one := range []struct {
		path string
		file *awsfile.File
	}{{paths.Config, config}, {paths.Credentials, credentials}} {
		refused, others := lines{path: one.path}, lines{path: one.path}
		for _, p := range one.file.Problems() {
			switch {
			case p.Refused:
				refused.add(p)
			case p.Section.Type == awsfile.TypeOther || p.Section == (awsfile.Section{}):
				others.add(p)
			default:
				all.of[p.Section] = append(all.of[p.Section], Flaw{flawAt(one.path, p), p.Hides != 0})
			}
		}
		all.Refused = append(all.Refused, refused.named()...)
		all.others = append(all.others, others.named()...)
	}
	return all
}

// General returns the flaws that concern no single profile.
func (f flaws) General() []creds.Error {
	return append(f.Refused[:len(f.Refused):len(f.Refused)], f.others...)
}

func flawAt(path string, p awsfile.Problem) creds.Error {
	return creds.Error{Code: creds.CodeBadFile, Message: lang.Sprintf("%s, line %d: %s", path, p.Line, p.Text), Advice: p.Advice}
}

// lines gathers flaws of one kind in one file.
type lines struct {
	path  string
	first []creds.Error
	more  int
}

func (l *lines) add(p awsfile.Problem) {
	if len(l.first) == maxFlaws {
		l.more++
		return
	}
	l.first = append(l.first, flawAt(l.path, p))
}

func (l *lines) named() []creds.Error {
	if l.more == 0 {
		return l.first
	}
	return append(l.first, creds.Error{
		Code: creds.CodeBadFile, Message: lang.Sprintf("%s has %s like these.", l.path, lang.Count(l.more, "%d more line", "%d more lines")),
		Advice: lang.T("Correct those that are named, and see which are left."),
	})
}

// DerivedName returns the name of the separate section for a profile's temporary
// credentials. If some of AWS's tools would not find that, as with a blank in the name,
// dashes replace what they do not know, unless another profile could be taken for this
// one then.
func (s *Set) DerivedName(name, suffix string) string {
	if awsfile.Found(awsfile.Credentials, awsfile.Profile(name+suffix)) {
		return name + suffix
	}
	plain := awsfile.MakePortable(name)
	for other := range s.sections {
		if other != name && other != plain+suffix && awsfile.MakePortable(other) == plain {
			return name + suffix
		}
	}
	return plain + suffix
}

// noServices is the flaw of a profile that names a missing section. The Go SDK ignores
// that; botocore makes no client.
func noServices(name, services string) Flaw {
	return Flaw{creds.Error{
		Code:    creds.CodeBadFile,
		Message: lang.Sprintf("services in %s names the section [services %s], which is not in the config file, and the AWS CLI refuses the profile for it.", SectionOf(name), services),
		Advice:  lang.T("Add that section, or remove the setting."),
	}, true}
}

// FlawsOf returns the flaws of a profile's sections and of those that it names.
func (s *Set) FlawsOf(name string) []Flaw {
	p, ok := s.Profiles[name]
	if !ok {
		if p, ok = s.sections[name]; !ok {
			return nil
		}
	}
	all := s.Flaws.of[awsfile.Profile(name)]
	all = append(all[:len(all):len(all)], p.flaws...)
	if p.KeySection != "" {
		all = append(all, s.Flaws.of[awsfile.Profile(p.KeySection)]...)
	}
	if p.SSO.Session != "" {
		all = append(all, s.Flaws.of[awsfile.SSOSession(p.SSO.Session)]...)
	}
	if p.services != "" {
		all = append(all, s.Flaws.of[awsfile.Services(p.services)]...)
	}
	return all
}

// FlawsUsing returns the flaws that concern users of a profile by a section of the
// credentials file, "" for its own, and whether any of AWS's tools does not find it
// there. It leaves out those that concern all profiles.
func (s *Set) FlawsUsing(name, section string) (all []creds.Error, unfound bool) {
	of := s.FlawsOf(name)
	if section != "" && section != name {
		for _, one := range of {
			all = append(all, one.Error)
		}
		of = s.FlawsOf(section)
	}
	for _, one := range of {
		all, unfound = append(all, one.Error), unfound || one.hides
	}
	return all, unfound
}
