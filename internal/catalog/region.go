package catalog

import "sync"

// Region is one AWS Region.
type Region struct {
	ID        string `json:"id"`        // e.g. "eu-west-1"
	Name      string `json:"name"`      // e.g. "Europe (Ireland)"
	Partition string `json:"partition"` // "aws" or "aws-us-gov"
}

type regionTable struct {
	byID       map[string]*Region
	ids        []string
	commercial []string
}

var regions = sync.OnceValue(func() *regionTable {
	rows := mustParse[[]*Region]("regions.json")
	t := &regionTable{byID: make(map[string]*Region, len(rows))}
	for _, r := range rows {
		t.byID[r.ID] = r
		t.ids = append(t.ids, r.ID)
		if r.Partition == "aws" {
			t.commercial = append(t.commercial, r.ID)
		}
	}
	return t
})

// FindRegion returns the region with this id, e.g. "us-gov-west-1".
func FindRegion(id string) (*Region, bool) {
	r, ok := regions().byID[id]
	return r, ok
}

// IsRegion reports whether id is an AWS Region that can have Bedrock.
func IsRegion(id string) bool {
	_, ok := FindRegion(id)
	return ok
}

// Regions returns the ids of all regions, commercial ones first.
func Regions() []string { return regions().ids }

// Partition returns the ARN partition of a region; an unknown one counts as
// commercial ("aws").
func Partition(region string) string {
	if r, ok := FindRegion(region); ok {
		return r.Partition
	}
	return "aws"
}
