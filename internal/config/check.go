package config

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hardpan/internal/catalog"
)

// locator turns a place in the file and what is wrong there into an error.
type locator interface {
	at(path, message string) error
}

var (
	accountID   = regexp.MustCompile(`^[0-9]{12}$`)
	backendName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
)

// check finds the first mistake of c, and completes what follows from the rest.
func (c *Config) check(l locator) error {
	for _, step := range []func(locator) error{c.checkServer, c.checkTLS, c.checkControls, c.checkBooks, c.checkNetworks, c.checkDestinations, c.checkBackends, c.checkRoutes, c.checkPrices, c.checkWebhooks, c.checkAgentCore} {
		if err := step(l); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) checkServer(l locator) error {
	switch {
	case !isAddress(c.Listen):
		return l.at("$.listen", fmt.Sprintf("%q is no address to listen on; write host:port", c.Listen))
	case c.MetricsListen != "" && !isAddress(c.MetricsListen):
		return l.at("$.metrics_listen", fmt.Sprintf("%q is no address to listen on; write host:port", c.MetricsListen))
	case c.DataDir == "":
		return l.at("$.data_dir", "the data folder has no name")
	case !c.DatabaseURL.valid():
		return l.at("$.database_url", "a database is postgres://user@host/database, or env:NAME or file:PATH where that stands; the embedded one needs no URL")
	case !catalog.IsRegion(c.Region):
		return l.at("$.region", unknownRegion(c.Region))
	case !accountID.MatchString(c.AccountID):
		return l.at("$.account_id", fmt.Sprintf("%q is no account id; it has 12 digits (in quotes, if it begins with 0)", c.AccountID))
	}
	return nil
}

func isAddress(address string) bool {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n <= 65535
}

func unknownRegion(region string) string {
	return fmt.Sprintf("%q is no AWS Region with Amazon Bedrock; one is us-west-2", region)
}

func (c *Config) checkTLS(l locator) error {
	t := c.TLS
	switch {
	case t.Cert != "" && t.Key == "":
		return l.at("$.tls.cert", "a certificate needs its key: tls.key or --tls-key")
	case t.Key != "" && t.Cert == "":
		return l.at("$.tls.key", "a key needs its certificate: tls.cert or --tls-cert")
	case t.SelfSigned && t.Cert != "":
		return l.at("$.tls.self_signed", "either a certificate is given or one is made, not both")
	}
	return nil
}

func (c *Config) checkControls(l locator) error {
	switch {
	case c.Durability != Power && c.Durability != Process:
		return l.at("$.durability", fmt.Sprintf("durability is power or process, not %q", string(c.Durability)))
	case c.Decisions.Keep < 1 || c.Decisions.Keep > 10_000_000:
		return l.at("$.decisions.keep", "keep 1 to 10000000 decisions")
	case c.Decisions.MaxAge <= 0:
		return l.at("$.decisions.max_age", "decisions have to be kept for some time")
	}
	return nil
}

func (c *Config) checkBackends(l locator) error {
	seen := map[string]bool{}
	for i := range c.Backends {
		b, at := &c.Backends[i], fmt.Sprintf("$.backends[%d]", i)
		if !backendName.MatchString(b.Name) {
			return l.at(first(at, ".name", b.Name), fmt.Sprintf("a backend's name has 1 to 64 letters, digits, dots, dashes or underscores, not %q", b.Name))
		}
		if seen[b.Name] {
			return l.at(at+".name", fmt.Sprintf("two backends have the name %q", b.Name))
		}
		seen[b.Name] = true
		if b.Name == BuiltinName && b.Type != TypeBuiltin {
			return l.at(at+".name", `the name "builtin" belongs to the built-in model; take another`)
		}
		if err := b.check(l, at); err != nil {
			return err
		}
	}
	return nil
}

// first returns the path of a field that has a value, else that of its parent.
func first(parent, field, value string) string {
	if value == "" {
		return parent
	}
	return parent + field
}

func (b *Backend) check(l locator, at string) error {
	if err := b.checkRegions(l, at); err != nil {
		return err
	}
	if err := b.checkSecrets(l, at); err != nil {
		return err
	}
	switch b.Type {
	case TypeBedrock:
		return b.checkBedrock(l, at)
	case TypeBuiltin:
		return b.checkBuiltin(l, at)
	case TypeOpenAI, TypeAnthropic:
		return b.checkServer(l, at)
	case "":
		return l.at(at, fmt.Sprintf("backend %q has no type; it is bedrock, openai, anthropic or builtin", b.Name))
	}
	return l.at(at+".type", fmt.Sprintf("backend %q has the unknown type %q; it is bedrock, openai, anthropic or builtin", b.Name, b.Type))
}

func (b *Backend) checkRegions(l locator, at string) error {
	if b.Region != "" && len(b.Regions) > 0 {
		return l.at(at+".region", fmt.Sprintf("backend %q has region and regions; give one of them", b.Name))
	}
	for i, r := range b.Regions {
		if !catalog.IsRegion(r) {
			return l.at(fmt.Sprintf("%s.regions[%d]", at, i), unknownRegion(r))
		}
	}
	if b.Region == "" {
		return nil
	}
	if !catalog.IsRegion(b.Region) {
		return l.at(at+".region", unknownRegion(b.Region))
	}
	b.Regions = []string{b.Region}
	return nil
}

func (b *Backend) checkSecrets(l locator, at string) error {
	for _, f := range []struct {
		path string
		ref  SecretRef
	}{
		{".api_key", b.APIKey},
		{".credentials.secret_access_key", b.Credentials.SecretAccessKey},
		{".credentials.session_token", b.Credentials.SessionToken},
	} {
		if !f.ref.Valid() {
			return l.at(at+f.path, "a secret is given by reference, env:NAME or file:PATH, never by itself")
		}
	}
	return nil
}

func (b *Backend) checkBedrock(l locator, at string) error {
	c := b.Credentials
	switch {
	case len(b.Regions) == 0:
		return l.at(at, fmt.Sprintf("backend %q names no region that it stands for", b.Name))
	case b.BaseURL != "":
		return l.at(at+".base_url", "a bedrock backend has an endpoint, no base_url; without one it is AWS itself")
	case b.APIKey != "":
		return l.at(at+".api_key", "a bedrock backend signs with credentials, it takes no api_key")
	case b.Script != "":
		return l.at(at+".script", "only a builtin backend plays a script")
	case b.Endpoint != "" && !isBaseURL(b.Endpoint):
		return l.at(at+".endpoint", "an endpoint is http(s)://host[:port][/path], without user, query or fragment")
	case c.STSEndpoint != "" && !isBaseURL(c.STSEndpoint):
		return l.at(at+".credentials.sts_endpoint", "an endpoint is http(s)://host[:port][/path], without user, query or fragment")
	case (c.AccessKeyID == "") != (c.SecretAccessKey == ""):
		return l.at(at+".credentials", "access_key_id and secret_access_key belong together")
	case c.Profile != "" && c.AccessKeyID != "":
		return l.at(at+".credentials.profile", "give either a profile or an access key")
	case c.SessionToken != "" && c.AccessKeyID == "":
		return l.at(at+".credentials.session_token", "a session token needs its access key")
	}
	return nil
}

// checkServer checks a backend of type openai or anthropic.
func (b *Backend) checkServer(l locator, at string) error {
	switch {
	case b.BaseURL == "" && b.Type == TypeOpenAI:
		return l.at(at, fmt.Sprintf("backend %q needs a base_url: what comes before /chat/completions, as https://api.openai.com/v1", b.Name))
	case b.BaseURL != "" && !isBaseURL(b.BaseURL):
		return l.at(at+".base_url", "a base_url is http(s)://host[:port][/path], without user, query or fragment")
	case b.Endpoint != "":
		return l.at(at+".endpoint", fmt.Sprintf("a backend of type %s has a base_url, no endpoint", b.Type))
	case b.Credentials != Credentials{}:
		return l.at(at+".credentials", fmt.Sprintf("a backend of type %s has an api_key, no credentials", b.Type))
	case b.Script != "":
		return l.at(at+".script", "only a builtin backend plays a script")
	}
	return nil
}

func (b *Backend) checkBuiltin(l locator, at string) error {
	for _, f := range []struct {
		path string
		set  bool
	}{
		{".endpoint", b.Endpoint != ""},
		{".base_url", b.BaseURL != ""},
		{".api_key", b.APIKey != ""},
		{".credentials", b.Credentials != Credentials{}},
		{".first_byte", b.FirstByte != 0},
		{".idle", b.Idle != 0},
	} {
		if f.set {
			return l.at(at+f.path, "a builtin backend has name, type, regions and script, nothing else")
		}
	}
	return nil
}

func isBaseURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

// checkRoutes also tells each route the regions of its backend.
func (c *Config) checkRoutes(l locator) error {
	for i := range c.Routes {
		r, at := &c.Routes[i], fmt.Sprintf("$.routes[%d]", i)
		if len(r.Models) == 0 || slices.Contains(r.Models, "") {
			return l.at(at, `a route needs models; every one is ["*"]`)
		}
		if err := c.checkTargets(l, r, at); err != nil {
			return err
		}
		if err := r.checkAs(l, at); err != nil {
			return err
		}
		if !slices.ContainsFunc(catalog.Regions(), func(region string) bool { return r.Matches(r.example(), region) }) {
			return l.at(at, fmt.Sprintf("this route can never match: backend %q stands for none of its regions", strings.Join(r.Targets(), ", ")))
		}
	}
	return nil
}

func (c *Config) checkTargets(l locator, r *Route, at string) error {
	switch {
	case r.Backend != "" && len(r.Backends) > 0:
		return l.at(at+".backends", "a route has backend or backends; give one of them")
	case len(r.Targets()) == 0:
		return l.at(at, "a route needs a backend")
	}
	for i, name := range r.Targets() {
		place := at + ".backend"
		if r.Backend == "" {
			place = fmt.Sprintf("%s.backends[%d]", at, i)
		}
		if slices.Contains(r.Targets()[:i], name) {
			return l.at(place, fmt.Sprintf("the backend %q is given twice", name))
		}
		j := slices.IndexFunc(c.Backends, func(b Backend) bool { return b.Name == name })
		if j < 0 && name != BuiltinName {
			return l.at(place, fmt.Sprintf("there is no backend %q", name))
		}
		if j >= 0 { // builtin, too, may be set up, and stands for every region if not
			r.standIn(c.Backends[j].Regions)
		}
	}
	return nil
}

// standIn leaves the regions that one more backend stands for. One that declares
// none is taken for every region, and answers from "unknown".
func (r *Route) standIn(regions []string) {
	switch {
	case len(regions) == 0:
	case r.standsFor == nil:
		r.standsFor = slices.Clone(regions)
	default:
		r.standsFor = slices.DeleteFunc(r.standsFor, func(region string) bool { return !slices.Contains(regions, region) })
	}
}

// checkAs: what "*" in as stands for has to be plain.
func (r *Route) checkAs(l locator, at string) error {
	if !strings.Contains(r.As, "*") {
		return nil
	}
	plain := strings.Count(r.As, "*") == 1
	for _, p := range r.Models {
		plain = plain && strings.Count(p, "*") == 1 && !strings.Contains(p, "?")
	}
	if !plain {
		return l.at(at+".as", `a "*" in as is what the "*" of the pattern took: give one here, and one and no "?" in each of the models`)
	}
	return nil
}

// example is a model id that the route's first pattern takes: the pattern itself.
func (r *Route) example() string { return r.Models[0] }
