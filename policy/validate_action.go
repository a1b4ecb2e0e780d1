package policy

import (
	"fmt"
	"strings"
)

const (
	msgActionVendor = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
	msgActionColon  = "Actions/Condition can contain only one colon."
)

func checkActionsThere(doc *Document, _ Kind) *MalformedError {
	for _, s := range doc.Statements {
		if empty(s.Action) && empty(s.NotAction) {
			return malformed(s.Pos, msgNoActions, "the statement names no action, in Action or NotAction")
		}
	}
	return nil
}

func empty(l *List) bool { return l == nil || len(l.Values) == 0 }

// checkActionTexts checks the shape of actions only: IAM stores names of actions
// that do not exist (from memory).
func checkActionTexts(doc *Document, _ Kind) *MalformedError {
	for _, s := range doc.Statements {
		for _, l := range []*List{s.Action, s.NotAction} {
			if l == nil {
				continue
			}
			for _, v := range l.Values {
				if message := actionError(v.Text); message != "" {
					return malformed(v.Pos, message, "action %q", v.Text)
				}
			}
		}
	}
	return nil
}

func actionError(action string) string {
	if action == Everyone {
		return ""
	}
	vendor, name, found := strings.Cut(action, ":")
	switch {
	case !found:
		return msgActionVendor
	case strings.Contains(name, ":"):
		return msgActionColon
	case vendor != Everyone && !isVendor(vendor):
		return fmt.Sprintf("Vendor %s is not valid", vendor)
	}
	return ""
}

func isVendor(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '-' && c != '.' && !isAlphanumeric(s[i:i+1]) {
			return false
		}
	}
	return true
}
