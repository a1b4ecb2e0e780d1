package identity

import "time"

// User is an IAM user, with everything that hangs on it.
type User struct {
	Scope
	ID       string // AIDA…
	Name     string // 1–64 characters
	Path     string // "/" or "/a/b/"
	Created  time.Time
	Tags     []Tag
	Boundary string         // ARN of the permissions boundary, or empty
	Inline   []InlinePolicy // by name
	Attached []string       // ARNs of managed policies
	Groups   []string       // ids of groups
}

// Ref implements [Entity].
func (u *User) Ref() Ref { return Ref{KindUser, u.Account, u.ID} }

// ARN is arn:PARTITION:iam::ACCOUNT:user/PATH/NAME.
func (u *User) ARN() string { return u.iamARN("user", u.Path, u.Name) }

// Canonical implements [Entity].
func (u *User) Canonical() Entity {
	c := *u
	c.Created = instant(c.Created)
	c.Tags, c.Inline = sortedTags(c.Tags), sortedInline(c.Inline)
	c.Attached, c.Groups = sortedStrings(c.Attached), sortedStrings(c.Groups)
	c.Account = sharedText(c.Account)
	together(idAndTags(&c.ID, c.Tags)...)
	return &c
}

// Group is an IAM group. Who is in it is said by its users.
type Group struct {
	Scope
	ID       string // AGPA…
	Name     string // 1–128 characters
	Path     string
	Created  time.Time
	Inline   []InlinePolicy
	Attached []string
}

// Ref implements [Entity].
func (g *Group) Ref() Ref { return Ref{KindGroup, g.Account, g.ID} }

// ARN is arn:PARTITION:iam::ACCOUNT:group/PATH/NAME.
func (g *Group) ARN() string { return g.iamARN("group", g.Path, g.Name) }

// Canonical implements [Entity].
func (g *Group) Canonical() Entity {
	c := *g
	c.Created = instant(c.Created)
	c.Inline, c.Attached = sortedInline(c.Inline), sortedStrings(c.Attached)
	return &c
}

// Role is an IAM role.
type Role struct {
	Scope
	ID          string // AROA…
	Name        string // 1–64 characters
	Path        string
	Description string
	Created     time.Time
	Trust       string        // the trust policy's JSON, as it was given
	MaxSession  time.Duration // 1–12 hours
	Tags        []Tag
	Boundary    string
	Inline      []InlinePolicy
	Attached    []string
}

// Ref implements [Entity].
func (r *Role) Ref() Ref { return Ref{KindRole, r.Account, r.ID} }

// ARN is arn:PARTITION:iam::ACCOUNT:role/PATH/NAME.
func (r *Role) ARN() string { return r.iamARN("role", r.Path, r.Name) }

// SessionARN is arn:PARTITION:sts::ACCOUNT:assumed-role/NAME/SESSION; the
// role's path is not in it.
func (r *Role) SessionARN(session string) string {
	return "arn:" + r.Partition + ":sts::" + r.Account + ":assumed-role/" + r.Name + "/" + session
}

// Canonical implements [Entity].
func (r *Role) Canonical() Entity {
	c := *r
	c.Created = instant(c.Created)
	c.MaxSession = c.MaxSession.Truncate(time.Second)
	c.Tags, c.Inline = sortedTags(c.Tags), sortedInline(c.Inline)
	c.Attached = sortedStrings(c.Attached)
	return &c
}
