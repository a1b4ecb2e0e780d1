package identity

import (
	"strings"

	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// A federated user is a name that an IAM user, or the root user, gives to
// somebody without an account here. They may do what that user may and what the
// session's own policies allow too, and nothing without such. They are no IAM
// user: policies that name the user do not mean them. Source: STS API Reference,
// GetFederationToken; IAM User Guide, "AWS STS federated user principals".

// FederatedUserARN is arn:PARTITION:sts::ACCOUNT:federated-user/NAME.
func (s Scope) FederatedUserARN(name string) string {
	return "arn:" + s.Partition + ":sts::" + s.Account + ":federated-user/" + name
}

// everything is what the root user may do, as a policy.
const everything = "arn:aws:iam::aws:policy/AdministratorAccess"

// WebIdentityUser is who is known to an outside identity provider only, before
// there is a session.
const WebIdentityUser PrincipalKind = "WebIdentityUser"

// federate makes a federated user of p, the user who asked for the session.
func (b *builder) federate(p *Principal, subject *eval.Subject, t *Session) error {
	p.Kind, p.Name, p.UserID = FederatedUser, t.Name, p.Account+":"+t.Name
	p.ARN = p.FederatedUserARN(t.Name)
	p.EntityARN, subject.PrincipalARN = p.ARN, p.ARN
	if !subject.Root {
		return nil
	}
	// The session's policies limit whom the root user sends, but never the root
	// user: so the federated user is somebody else, who may do as much.
	var all policies
	if err := b.managed(&all, eval.LayerIdentity, eval.Self, p.ARN, []string{everything}); err != nil {
		return err
	}
	subject.Root, subject.Identity = false, all.set()
	return nil
}

// federatedKeys are the keys of a federated user: their own, and the tags of the
// user who asked for the session.
func federatedKeys(base, p *Principal) *condition.Context {
	var tags []Tag
	for key := range base.Keys.All() {
		if name, ok := strings.CutPrefix(key.Key, "aws:PrincipalTag/"); ok {
			tags = append(tags, Tag{name, key.Values[0]})
		}
	}
	keys := condition.NewContext(nil)
	setKeys(keys, p, string(FederatedUser), tags)
	return keys
}
