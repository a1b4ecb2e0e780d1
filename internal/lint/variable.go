package lint

import (
	"fmt"
	"regexp"

	"hardpan/policy"
)

// variable is a policy variable: a condition key in ${…}, which has a colon or is
// followed by a default value.
var variable = regexp.MustCompile(`\$\{\s*[a-zA-Z0-9-]+:[^}]+\}`)

// checkVariables finds variables in a document that has none: of version
// 2008-10-17, which is also that of a document without Version.
func checkVariables(d *document) {
	if d.policy.Variables() {
		return
	}
	d.allValues(func(s *statement, element string, v policy.Value) {
		if element != "Resource" && element != "Condition" || len(v.Text) > maxARN {
			return
		}
		found := variable.FindString(v.Text)
		if found == "" {
			return
		}
		said := "has no Version, which means 2008-10-17"
		if d.policy.Version != "" {
			said = "is of version " + d.policy.Version
		}
		effect := "The statement allows nothing."
		if !s.allows() {
			effect = "The Deny never fires."
		}
		d.add(ruleVariableVersion, v.Pos,
			fmt.Sprintf("%s is plain text here, since the document %s: the value would have to hold these very characters. %s", found, said, effect),
			d.fix("Set Version to 2012-10-17.", func(doc *policy.Document) { doc.Version = policy.Version2012 }))
	})
}
