package hardpan_test

import (
	"slices"
	"strings"
	"testing"

	"hardpan/internal/api/hardpan"
	"hardpan/internal/catalog"
)

// What lint and the access analysis take for Hardpan's actions are those that its
// operations are checked as.
func TestTheCatalogHasEachAction(t *testing.T) {
	var names []string
	for _, o := range hardpan.Table().Operations() {
		if name, own := strings.CutPrefix(o.Action, "hardpan:"); own {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if names = slices.Compact(names); !slices.Equal(names, catalog.OwnActions()) {
		t.Errorf("operations are checked as %v, the catalog has %v", names, catalog.OwnActions())
	}
}
