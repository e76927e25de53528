package console

import (
	"net/url"

	"daypass/internal/lang"
	"daypass/internal/partition"
)

// Page is a page of the console as a person asks for it: a Service, a URL or, without
// either, the console's home.
type Page struct {
	// Service is a name as people type it.
	Service string
	// URL is an address of the console, in which {region} is filled in.
	URL string
	// Region replaces that of the profile or the URL.
	Region string
	// ProfileRegion is used where nothing else names a region.
	ProfileRegion string
}

// Destination returns the address of a page of the partition's console. It holds no
// session, no secret and no account in its host. endpoint is the sign-in endpoint that
// replaces AWS's own, or "": addresses of its pages are read as the AWS addresses in
// them. An error is a sentence for people.
//
// A URL without a region gets none: such pages have none.
func Destination(p partition.Partition, page Page, endpoint string) (string, error) {
	if page.Service != "" && page.URL != "" {
		return "", lang.Error("a service and the address of a page exclude each other; give one of them")
	}
	if page.URL == "" {
		return serviceDestination(p, page)
	}
	a, err := parseAddress(page.URL, endpoint)
	if err != nil {
		return "", err
	}
	if a.partition.Name != p.Name {
		return "", lang.Errorf("the page is one of the partition %s, but the account is in %s; copy the address from %s", a.partition.Name, p.Name, p.Console)
	}
	if err := a.dropSecrets(); err != nil {
		return "", err
	}
	if page.Region == "" && !a.marked() {
		return a.String(), nil
	}
	region, err := choose(p, page.Region, page.ProfileRegion)
	if err != nil {
		return "", err
	}
	if page.Region != "" {
		a.setRegion(region)
	}
	return a.in(region), nil
}

func serviceDestination(p partition.Partition, page Page) (string, error) {
	s, err := pageOf(page.Service)
	if err != nil {
		return "", err
	}
	u := url.URL{Scheme: "https", Host: p.Console, Path: "/" + s.path, Fragment: s.fragment}
	if s.global {
		return u.String(), nil
	}
	region, err := choose(p, page.Region, page.ProfileRegion)
	if err != nil {
		return "", err
	}
	u.Host, u.RawQuery = region+"."+p.Console, "region="+region
	return u.String(), nil
}
