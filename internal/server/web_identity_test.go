package server_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/go-jose/go-jose/v4"

	"hardpan/internal/oidctest"
	"hardpan/internal/server"
)

// idp is an identity provider on loopback that the account has registered, and
// a role that its users may assume.
type idp struct {
	*oidctest.Issuer
	*world
	host     string // of the issuer, as condition keys begin
	provider string // ARN
	role     string // ARN
}

const audience = "https://hardpan.example.com"

// loopback lets the server fetch from providers on this machine.
func loopback(opt *server.Options) {
	opt.AllowUpstream = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
}

// federation starts a server and registers a provider. conditions are those of
// the trust policy; HOST in them is the issuer's.
func federation(t *testing.T, conditions string) *idp {
	t.Helper()
	w := start(t, loopback)
	p := &idp{Issuer: oidctest.Start(t), world: w}
	p.host = strings.TrimPrefix(p.URL, "https://")
	made, err := w.iam(w.root).CreateOpenIDConnectProvider(t.Context(), &iam.CreateOpenIDConnectProviderInput{
		Url: &p.URL, ClientIDList: []string{audience}, ThumbprintList: []string{strings.ToUpper(p.Thumbprint)},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.provider = *made.OpenIDConnectProviderArn
	p.role = w.role("Workload", everything)
	p.trust(`"sts:AssumeRoleWithWebIdentity"`, conditions)
	return p
}

// trust lets the provider's users in to do actions, under conditions.
func (p *idp) trust(actions, conditions string) {
	p.t.Helper()
	_, err := p.iam(p.root).UpdateAssumeRolePolicy(p.t.Context(), &iam.UpdateAssumeRolePolicyInput{
		RoleName: aws.String("Workload"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"` + p.provider + `"},
			"Action":[` + actions + `],"Condition":{` + strings.ReplaceAll(conditions, "HOST", p.host) + `}}}`),
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// token is a good token but for what changes.
func (p *idp) token(changes map[string]any) string {
	return p.Token(p.Claims(p.clock.Now(), audience, changes))
}

// try assumes the role with a token, as a client without any credentials.
func (p *idp) try(token string, change ...func(*sts.AssumeRoleWithWebIdentityInput)) (*sts.AssumeRoleWithWebIdentityOutput, error) {
	in := &sts.AssumeRoleWithWebIdentityInput{RoleArn: &p.role, RoleSessionName: aws.String("job-1"), WebIdentityToken: &token}
	for _, f := range change {
		f(in)
	}
	return p.sts(key{}).AssumeRoleWithWebIdentity(p.t.Context(), in)
}

func (p *idp) open(token string, change ...func(*sts.AssumeRoleWithWebIdentityInput)) key {
	p.t.Helper()
	out, err := p.try(token, change...)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.session(out.Credentials)
}

// A workload with a token of its platform calls a model, without an access key
// anywhere, and what it is shows in policies and in the journal.
func TestAssumeRoleWithWebIdentity(t *testing.T) {
	p := federation(t, `"StringEquals":{"HOST:aud":"`+audience+`","HOST:email":"foo@example.com"},"StringLike":{"HOST:sub":"repo:example/*"},
		"ForAnyValue:StringEquals":{"HOST:amr":"mfa"}`)
	token := p.token(map[string]any{"sub": "repo:example/app", "amr": []string{"pwd", "mfa"}, "email": "foo@example.com"})
	out, err := p.try(token)
	if err != nil {
		t.Fatal(err)
	}
	if *out.AssumedRoleUser.Arn != "arn:aws:sts::123456789012:assumed-role/Workload/job-1" || *out.Provider != p.provider ||
		*out.Audience != audience || *out.SubjectFromWebIdentityToken != "repo:example/app" {
		t.Errorf("%+v", out)
	}
	session := p.session(out.Credentials)
	if _, err := p.converse(session, haiku); err != nil {
		t.Error(err)
	}
	events := p.events()
	last := events[len(events)-1]
	if who := p.provider + ":" + audience + ":repo:example/app"; strings.Join(last.Caller.Ancestors, " ") != who {
		t.Errorf("ancestors %q, want %q", last.Caller.Ancestors, who)
	}
	if made := events[len(events)-2]; made.Operation != "AssumeRoleWithWebIdentity" || made.Caller.Type != "WebIdentityUser" || made.Status != http.StatusOK {
		t.Errorf("%+v", made)
	}

	p.rolePolicy("Workload", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"*",
		"Condition":{"StringEquals":{"aws:FederatedProvider":"`+p.provider+`","`+p.host+`:sub":"repo:example/app"}}}}`)
	if _, err := p.converse(session, haiku); err != nil {
		t.Error(err)
	}
	other := p.open(p.token(map[string]any{"sub": "repo:example/lib", "amr": []string{"mfa"}, "email": "foo@example.com"}))
	_, err = p.converse(other, haiku)
	refused(t, err, "AccessDeniedException", "because no identity-based policy allows")
}

// Tags and a source identity in the token are the session's; each needs to be
// trusted.
func TestWebIdentityTags(t *testing.T) {
	p := federation(t, "")
	token := p.token(map[string]any{
		"https://aws.amazon.com/tags":            map[string]any{"principal_tags": map[string]any{"Team": []string{"red"}}, "transitive_tag_keys": []string{"Team"}},
		"https://aws.amazon.com/source_identity": "foo",
	})
	_, err := p.try(token)
	refused(t, err, "AccessDenied", "Not authorized to perform sts:TagSession")
	p.trust(`"sts:AssumeRoleWithWebIdentity","sts:TagSession"`, "")
	_, err = p.try(token)
	refused(t, err, "AccessDenied", "Not authorized to perform sts:SetSourceIdentity")
	p.trust(`"sts:AssumeRoleWithWebIdentity","sts:TagSession","sts:SetSourceIdentity"`, `"StringEquals":{"aws:RequestTag/Team":"red"}`)
	out, err := p.try(token)
	if err != nil || *out.SourceIdentity != "foo" {
		t.Fatalf("%+v, %v", out, err)
	}
	p.rolePolicy("Workload", mayAssume)
	next := p.world.role("Next", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"*",
		"Condition":{"StringEquals":{"aws:PrincipalTag/Team":"red","aws:SourceIdentity":"foo"}}}}`)
	chained := p.assume(p.session(out.Credentials), &sts.AssumeRoleInput{RoleArn: &next, RoleSessionName: aws.String("next")})
	if _, err := p.converse(chained, haiku); err != nil {
		t.Error(err)
	}
	_, err = p.try(p.token(map[string]any{"https://aws.amazon.com/source_identity": "no such name!"}))
	refused(t, err, "IDPRejectedClaim", "sourceIdentity")
}

// What is passed with the call limits the session, and the role how long it lasts.
func TestWebIdentityLimits(t *testing.T) {
	p := federation(t, "")
	session := p.open(p.token(nil), func(in *sts.AssumeRoleWithWebIdentityInput) {
		in.Policy, in.DurationSeconds = aws.String(allow("bedrock:InvokeModel", "*")), aws.Int32(900)
	})
	if _, err := p.converse(session, haiku); err != nil {
		t.Error(err)
	}
	_, err := p.bedrock(session).ListFoundationModels(t.Context(), nil)
	refused(t, err, "AccessDeniedException", "because no session policy allows")
	p.clock.Advance(901 * time.Second)
	p.send(request{Path: haikuPath, Body: helloBody, Key: session}).is(t, http.StatusForbidden, "ExpiredTokenException")

	for want, change := range map[string]func(*sts.AssumeRoleWithWebIdentityInput){
		"MaxSessionDuration":           func(in *sts.AssumeRoleWithWebIdentityInput) { in.DurationSeconds = aws.Int32(7200) },
		"greater than or equal to 900": func(in *sts.AssumeRoleWithWebIdentityInput) { in.DurationSeconds = aws.Int32(899) },
		"ProviderId is for":            func(in *sts.AssumeRoleWithWebIdentityInput) { in.ProviderId = aws.String("www.amazon.com") },
		"roleSessionName":              func(in *sts.AssumeRoleWithWebIdentityInput) { in.RoleSessionName = aws.String("a b") },
	} {
		_, err := p.try(p.token(nil), change)
		refused(t, err, "ValidationError", want)
	}
	_, err = p.try(p.token(nil), func(in *sts.AssumeRoleWithWebIdentityInput) {
		in.PolicyArns = []types.PolicyDescriptorType{{Arn: aws.String("arn:aws:iam::123456789012:policy/none")}}
	})
	refused(t, err, "MalformedPolicyDocument", "does not exist")
}

func TestWebIdentityRefused(t *testing.T) {
	p := federation(t, `"StringEquals":{"HOST:sub":"user-1"}`)
	now := p.clock.Now()
	stranger := oidctest.Start(t)
	head, database := p.head(), p.database()
	for name, c := range map[string]struct{ token, code, text string }{
		"another subject":        {p.token(map[string]any{"sub": "user-2"}), "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"},
		"another audience":       {p.token(map[string]any{"aud": "me"}), "InvalidIdentityToken", "Incorrect token audience"},
		"another provider":       {stranger.Token(stranger.Claims(now, audience, nil)), "InvalidIdentityToken", "No OpenIDConnect provider found in your account for " + stranger.URL},
		"in another's name":      {stranger.Token(p.Claims(now, audience, nil)), "InvalidIdentityToken", "The ID Token is not accepted: the signature"},
		"expired":                {p.token(map[string]any{"exp": now.Unix() - 1}), "ExpiredTokenException", "Token expired: current date/time "},
		"to come":                {p.token(map[string]any{"nbf": now.Unix() + 3600}), "IDPRejectedClaim", "not valid before"},
		"no subject":             {p.token(map[string]any{"sub": nil}), "InvalidIdentityToken", "Missing a required claim: sub"},
		"a key that is not told": {oidctest.Sign(t, oidctest.NewKey(t, "made up", jose.ES256), p.Claims(now, audience, nil)), "InvalidIdentityToken", "Couldn't retrieve verification key"},
		"an access token":        {"gho_16C7e42F292c6912E7710c838347Ae178B4a", "InvalidIdentityToken", "is not a valid JWT"},
		"unsigned":               {"eyJhbGciOiJub25lIn0." + strings.Split(p.token(nil), ".")[1] + ".", "InvalidIdentityToken", `algorithm "none"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.try(c.token)
			refused(t, err, c.code, c.text)
		})
	}
	_, err := p.try(p.token(nil), func(in *sts.AssumeRoleWithWebIdentityInput) { in.RoleArn = aws.String(p.role + "s") })
	refused(t, err, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
	_, err = p.try(p.token(nil), func(in *sts.AssumeRoleWithWebIdentityInput) {
		in.RoleArn = aws.String("arn:aws:iam::210987654321:role/Workload")
	})
	refused(t, err, "InvalidIdentityToken", "No OpenIDConnect provider found")
	if p.head() != head || p.database() != database {
		t.Error("a stranger made the server write")
	}
}

// Keys rotate; a flood of tokens with made-up keys reaches the provider as one
// question in a while.
func TestWebIdentityKeys(t *testing.T) {
	p := federation(t, "")
	old := p.token(nil)
	p.open(old)
	p.Publish(oidctest.NewKey(t, "second", jose.ES256))
	p.clock.Advance(11 * time.Second)
	p.open(p.token(nil))
	_, err := p.try(old)
	refused(t, err, "InvalidIdentityToken", "Couldn't retrieve verification key")
	before := p.Fetches()
	p.clock.Advance(11 * time.Second)
	for i := range 20 {
		made := oidctest.NewKey(t, fmt.Sprint("made up ", i), jose.ES256)
		_, err := p.try(oidctest.Sign(t, made, p.Claims(p.clock.Now(), audience, nil)))
		refused(t, err, "InvalidIdentityToken", "Couldn't retrieve verification key")
	}
	if n := p.Fetches() - before; n != 1 {
		t.Errorf("%d fetches for 20 made-up keys", n)
	}

	p.clock.Advance(24 * time.Hour)
	p.Misbehave(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusServiceUnavailable) })
	_, err = p.try(p.token(nil))
	refused(t, err, "IDPCommunicationError", "could not be fetched")
	if !strings.Contains(p.log.String(), "status 503") {
		t.Errorf("the log does not say why: %s", p.log)
	}
}

// Without the operator's word no provider on this machine or network is asked.
func TestProvidersAreOnTheInternet(t *testing.T) {
	p := federation(t, "")
	closed := startBeside(t)
	_, err := closed.iam(closed.root).CreateOpenIDConnectProvider(t.Context(), &iam.CreateOpenIDConnectProviderInput{
		Url: &p.URL, ClientIDList: []string{audience}, ThumbprintList: []string{p.Thumbprint},
	})
	if err != nil {
		t.Fatal(err)
	}
	role, token := closed.role("Workload", everything), p.token(nil)
	_, err = closed.sts(key{}).AssumeRoleWithWebIdentity(t.Context(), &sts.AssumeRoleWithWebIdentityInput{
		RoleArn: &role, RoleSessionName: aws.String("job-1"), WebIdentityToken: &token,
	})
	refused(t, err, "IDPCommunicationError", "could not be fetched")
	if !strings.Contains(closed.log.String(), "--allow-upstream 127.0.0.1/32 would allow it") || p.Fetches() != 0 {
		t.Errorf("%d fetches, log %s", p.Fetches(), closed.log)
	}
}

// A denial of somebody with a good token is kept for who may read decisions.
func TestAStrangersDenialIsExplained(t *testing.T) {
	p := federation(t, `"StringEquals":{"HOST:sub":"user-1"}`)
	form := url.Values{
		"Action": {"AssumeRoleWithWebIdentity"}, "Version": {"2011-06-15"}, "RoleArn": {p.role}, "RoleSessionName": {"job-1"},
		"WebIdentityToken": {p.token(map[string]any{"sub": "user-2"})},
	}
	a := p.send(request{Path: "/", Body: form.Encode(), Service: "sts", Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}})
	a.is(t, http.StatusForbidden, "<Code>AccessDenied</Code>", "<Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message>")
	id := a.Header.Get("X-Hardpan-Decision-Id")
	got := p.decision(p.root, "/decisions/"+id)
	got.is(t, http.StatusOK, p.host+":sub", "user-2", "user-1")
	query := p.send(request{Method: http.MethodGet, Path: "/?" + form.Encode()})
	query.is(t, http.StatusForbidden, "Not authorized to perform sts:AssumeRoleWithWebIdentity")
}

// The body of an unsigned request is small, and only of such operations.
func TestUnsignedBodies(t *testing.T) {
	p := federation(t, "")
	head := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	p.send(request{Path: "/", Body: "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&WebIdentityToken=" + strings.Repeat("x", 200<<10), Service: "sts", Header: head}).
		is(t, http.StatusForbidden, "MissingAuthenticationToken")
	p.send(request{Path: "/", Body: "Action=AssumeRole&Version=2011-06-15", Service: "sts", Header: head}).is(t, http.StatusForbidden, "MissingAuthenticationToken")
	p.send(request{Path: "/", Body: "Action=ListUsers&Version=2010-05-08", Service: "iam", Header: head}).is(t, http.StatusForbidden, "MissingAuthenticationToken")
}
