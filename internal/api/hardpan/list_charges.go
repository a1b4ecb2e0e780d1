package hardpan

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"hardpan/internal/awserr"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

// Charges is what models were used for in a span of time, in full.
type Charges struct {
	Span
	Charges []Charge `json:"charges"`
}

// Charge is what one caller used in one day, or in a month that is long past.
type Charge struct {
	Start       time.Time         `json:"start"`
	End         time.Time         `json:"end"`
	Region      string            `json:"region"`
	Principal   string            `json:"principal"`
	Session     string            `json:"session,omitempty"`
	Person      string            `json:"person"`
	AccessKey   string            `json:"accessKey,omitempty"`
	Tags        map[string]string `json:"tags"`
	Model       string            `json:"model"`
	Profile     string            `json:"profile,omitempty"`
	ProfileKind string            `json:"profileKind,omitempty"`
	Backend     string            `json:"backend"`
	Amounts
}

// maxCharges bounds one answer.
const maxCharges = 50_000

func (s *Service) charges(c *op.Call) (*op.Prepared, error) {
	return s.aboutUsage(c, func(ctx context.Context, span Span, mine func(*store.UsageKey) bool) (any, error) {
		list := &chargeList{at: map[chargeKey]int{}, used: nil}
		err := s.DB.ListUsage(ctx, span.Account, span.Since, span.Until, func(sum store.UsageSum) error {
			if !mine(sum.Key) {
				return nil
			}
			return list.add(sum)
		})
		if err != nil {
			return nil, err
		}
		return &Charges{Span: span, Charges: list.charges()}, nil
	})
}

// chargeList sums hours into days.
type chargeList struct {
	at   map[chargeKey]int
	keys []chargeKey
	used []store.Usage
}

type chargeKey struct {
	key        *store.UsageKey
	start, end time.Time
}

func (l *chargeList) add(sum store.UsageSum) error {
	grain := sum.Grain
	if grain == store.Hour {
		grain = store.Day
	}
	k := chargeKey{sum.Key, grain.Start(sum.Start), grain.Next(sum.Start)}
	at, ok := l.at[k]
	if !ok {
		if len(l.keys) == maxCharges {
			return awserr.Validation("There are more than %d charges in that span. Ask for a shorter one, a day perhaps.", maxCharges)
		}
		at = len(l.keys)
		l.at[k], l.keys, l.used = at, append(l.keys, k), append(l.used, store.Usage{})
	}
	l.used[at].Add(&sum.Usage)
	return nil
}

func (l *chargeList) charges() []Charge {
	out := make([]Charge, len(l.keys))
	for i, k := range l.keys {
		out[i] = Charge{
			Start: k.start, End: k.end, Region: k.key.Region, Principal: k.key.Principal, Session: k.key.Session,
			Person: k.key.Person, AccessKey: k.key.AccessKey, Tags: tagsOf(k.key), Model: k.key.Model,
			Profile: k.key.Profile, ProfileKind: k.key.ProfileKind, Backend: k.key.Backend, Amounts: amountsOf(&l.used[i]),
		}
	}
	return out
}

// tagsOf are the tags that a key was used under.
func tagsOf(k *store.UsageKey) map[string]string {
	tags := map[string]string{}
	_ = json.Unmarshal([]byte(k.Tags), &tags) // only this program writes them; none is no reason to withhold the rest
	return tags
}

// grouping returns what a row of usage by something is named after.
func grouping(by string) (func(*store.UsageKey) string, error) {
	if key, ok := strings.CutPrefix(by, "tag:"); ok && key != "" {
		return func(k *store.UsageKey) string {
			for name, value := range tagsOf(k) {
				if strings.EqualFold(name, key) {
					return value
				}
			}
			return ""
		}, nil
	}
	if name := groupings[by]; name != nil {
		return name, nil
	}
	return nil, awserr.Validation("Usage cannot be shown by %q. It can by tag:KEY, as tag:Department, or by %s.", by, strings.Join(GroupNames(), ", "))
}
