package identity

import (
	"crypto/rand"
	"strings"
	"time"
	"unique"

	"hardpan/internal/catalog"
)

// InferenceProfile is an application inference profile: a copy of a model or of
// a system-defined profile, with a name and tags of its own. Where calls
// through it may run follows from what it was copied from, which never changes.
type InferenceProfile struct {
	Scope
	Region      string // where it was made, and where it can be called
	ID          string // 12 characters a–z and 0–9, unique in the account
	Name        string // 1–64 characters, unique in account and region
	Description string // up to 200 characters
	Source      string // id of the foundation model or system-defined profile it was copied from
	Token       string // clientRequestToken of its creation, or empty
	Created     time.Time
	Updated     time.Time
	Tags        []Tag // keys compare without case
}

// NewInferenceProfileID makes an id of twelve characters with 60 random bits.
func NewInferenceProfileID() string { return strings.ToLower(rand.Text()[:12]) }

// Ref implements [Entity].
func (p *InferenceProfile) Ref() Ref { return Ref{KindInferenceProfile, p.Account, p.ID} }

// ARN is arn:PARTITION:bedrock:REGION:ACCOUNT:application-inference-profile/ID.
func (p *InferenceProfile) ARN() string {
	return "arn:" + p.Partition + ":bedrock:" + p.Region + ":" + p.Account + ":application-inference-profile/" + p.ID
}

// Canonical implements [Entity]. It shares the texts that many profiles have in
// common, since there may be hundreds of thousands of them.
func (p *InferenceProfile) Canonical() Entity {
	c := *p
	if region, ok := catalog.FindRegion(c.Region); ok {
		c.Region, c.Partition = region.ID, region.Partition
	}
	if model, ok := catalog.Find(c.Source); ok {
		c.Source = model.ID
	} else if profile, ok := catalog.FindProfile(c.Source); ok {
		c.Source = profile.ID
	}
	c.Account = sharedText(c.Account)
	c.Created, c.Updated = instant(c.Created), instant(c.Updated)
	c.Tags = sortedTags(c.Tags)
	for i := range c.Tags {
		c.Tags[i].Key = sharedText(c.Tags[i].Key)
	}
	return c.packed()
}

// profileRoom is a profile with the tags that it usually has, in one piece of
// memory.
type profileRoom struct {
	InferenceProfile
	tags [1]Tag
}

// packed is p in a room of its own, with its texts in one piece of memory too,
// those that a call reads beside each other.
func (p *InferenceProfile) packed() *InferenceProfile {
	room := &profileRoom{InferenceProfile: *p}
	if len(p.Tags) > 0 {
		room.Tags = append(room.tags[:0], p.Tags...)
	}
	own := append(idAndTags(&room.ID, room.Tags), &room.Name, &room.Token, &room.Description)
	together(own...)
	return &room.InferenceProfile
}

// idAndTags are the texts of an entity that a call reads.
func idAndTags(id *string, tags []Tag) []*string {
	own := []*string{id}
	for i := range tags {
		own = append(own, &tags[i].Value)
	}
	return own
}

// together puts texts into one piece of memory, one after another.
func together(texts ...*string) {
	var b strings.Builder
	for _, text := range texts {
		b.WriteString(*text)
	}
	all := b.String()
	for _, text := range texts {
		n := len(*text)
		*text, all = all[:n], all[n:]
	}
}

// sharedText is text in memory that equal texts share.
func sharedText(text string) string { return unique.Make(text).Value() }
