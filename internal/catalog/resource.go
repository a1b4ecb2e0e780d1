package catalog

import (
	"strings"
	"sync"
)

// ResourceType is one kind of Bedrock resource and the form of its ARN.
type ResourceType struct {
	Name     string `json:"name"`     // e.g. "application-inference-profile"
	Format   string `json:"arn"`      // with ${Partition}, ${Region}, ${Account} and id variables
	Taggable bool   `json:"taggable"` // aws:ResourceTag can be asked of it
}

type resourceTable struct {
	sorted []*ResourceType
	byName map[string]*ResourceType
}

var resourceTypes = sync.OnceValue(func() *resourceTable {
	t := &resourceTable{sorted: mustParse[[]*ResourceType]("resources.json"), byName: map[string]*ResourceType{}}
	for _, r := range t.sorted {
		t.byName[r.Name] = r
	}
	return t
})

// FindResourceType returns a resource type by its name in the Service
// Authorization Reference.
func FindResourceType(name string) (*ResourceType, bool) {
	r, ok := resourceTypes().byName[name]
	return r, ok
}

// ResourceTypes returns all Bedrock resource types.
func ResourceTypes() []*ResourceType { return resourceTypes().sorted }

// ARN builds the ARN of one resource. ids fill the id variables in order (an
// agent alias has two); region and account are left out where the form has no
// place for them. A missing id becomes "*".
func (r *ResourceType) ARN(partition, region, account string, ids ...string) string {
	var b strings.Builder
	rest := r.Format
	for {
		text, after, ok := strings.Cut(rest, "${")
		b.WriteString(text)
		if !ok {
			return b.String()
		}
		variable, tail, _ := strings.Cut(after, "}")
		rest = tail
		switch variable {
		case "Partition":
			b.WriteString(partition)
		case "Region":
			b.WriteString(region)
		case "Account":
			b.WriteString(account)
		default:
			ids = appendNext(&b, ids)
		}
	}
}

func appendNext(b *strings.Builder, ids []string) []string {
	if len(ids) == 0 {
		b.WriteByte('*')
		return nil
	}
	b.WriteString(ids[0])
	return ids[1:]
}
