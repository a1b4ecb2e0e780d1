package token

import (
	"fmt"
	"strings"
	"time"
)

// Kind says which STS operation made a session.
type Kind string

// The kinds of session.
const (
	AssumedRole   Kind = "role"      // AssumeRole, AssumeRoleWithWebIdentity
	FederatedUser Kind = "federated" // GetFederationToken
	UserSession   Kind = "user"      // GetSessionToken
)

// Tag is a session tag.
type Tag struct {
	Key   string `json:"k"`
	Value string `json:"v"`
}

// Session is all that temporary credentials stand for. Times have whole seconds.
type Session struct {
	AccessKeyID    string // ASIA…
	Account        string // 12 digits
	Partition      string // "aws"
	Kind           Kind
	PrincipalARN   string   // the role or user it was made from
	PrincipalID    string   // AROA… or AIDA… of the same, or the account id for the root user
	Name           string   // role session name or federated user name; empty for UserSession
	Tags           []Tag    // session tags, those inherited from the chain included
	Transitive     []string // keys of the tags that a further AssumeRole inherits
	Policy         string   // inline session policy, JSON, or empty
	PolicyARNs     []string // managed session policies
	SourceIdentity string
	Ancestors      []string // session or principal ARNs that led here, the nearest first
	HomeRegion     string   // inference configuration: overrides the principal's, or empty
	Issued         time.Time
	Expires        time.Time
	MFA            bool // always false until MFA is served

	// Provider is the ARN of the outside identity provider whose token opened the
	// role, or empty, and Claims are the condition keys that its token brought.
	Provider string
	Claims   []Tag
}

// sealed is a Session as it stands in a token: names are short, since the token
// travels with every request. A field may be added, never given another meaning.
type sealed struct {
	Account    string   `json:"a"`
	Partition  string   `json:"p"`
	Kind       Kind     `json:"k"`
	ARN        string   `json:"r"`
	ID         string   `json:"i"`
	Name       string   `json:"n,omitempty"`
	Tags       []Tag    `json:"t,omitempty"`
	Transitive []string `json:"tt,omitempty"`
	Policy     string   `json:"y,omitempty"`
	PolicyARNs []string `json:"ya,omitempty"`
	Source     string   `json:"s,omitempty"`
	Ancestors  []string `json:"c,omitempty"`
	HomeRegion string   `json:"h,omitempty"`
	Issued     int64    `json:"b"` // seconds since 1970
	Expires    int64    `json:"e"`
	MFA        bool     `json:"m,omitempty"`
	Provider   string   `json:"f,omitempty"`
	Claims     []Tag    `json:"w,omitempty"`
	Nonce      []byte   `json:"x"` // the token's id: its secret depends on it
}

func (s *Session) seal(nonce []byte) *sealed {
	return &sealed{
		Account: s.Account, Partition: s.Partition, Kind: s.Kind, ARN: s.PrincipalARN, ID: s.PrincipalID, Name: s.Name,
		Tags: s.Tags, Transitive: s.Transitive, Policy: s.Policy, PolicyARNs: s.PolicyARNs, Source: s.SourceIdentity,
		Ancestors: s.Ancestors, HomeRegion: s.HomeRegion, Issued: s.Issued.Unix(), Expires: s.Expires.Unix(), MFA: s.MFA,
		Provider: s.Provider, Claims: s.Claims, Nonce: nonce,
	}
}

func (w *sealed) session(accessKeyID string) *Session {
	return &Session{
		AccessKeyID: accessKeyID, Account: w.Account, Partition: w.Partition, Kind: w.Kind, PrincipalARN: w.ARN, PrincipalID: w.ID,
		Name: w.Name, Tags: w.Tags, Transitive: w.Transitive, Policy: w.Policy, PolicyARNs: w.PolicyARNs, SourceIdentity: w.Source,
		Ancestors: w.Ancestors, HomeRegion: w.HomeRegion, Issued: time.Unix(w.Issued, 0).UTC(), Expires: time.Unix(w.Expires, 0).UTC(), MFA: w.MFA,
		Provider: w.Provider, Claims: w.Claims,
	}
}

// check refuses a session that could not be told from another, or never ends.
func (s *Session) check() error {
	switch {
	case !strings.HasPrefix(s.AccessKeyID, "ASIA"):
		return fmt.Errorf("access key id %q does not begin with ASIA", s.AccessKeyID)
	case s.Account == "" || s.Partition == "" || s.PrincipalARN == "" || s.PrincipalID == "":
		return fmt.Errorf("session %s names no account, partition or principal", s.AccessKeyID)
	case s.Kind != AssumedRole && s.Kind != FederatedUser && s.Kind != UserSession:
		return fmt.Errorf("session %s is of unknown kind %q", s.AccessKeyID, s.Kind)
	case s.Expires.Unix() <= s.Issued.Unix():
		return fmt.Errorf("session %s expires no later than it is issued", s.AccessKeyID)
	}
	return nil
}
