package iam

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"hardpan/internal/identity"
	"hardpan/internal/store"
	"hardpan/policy"
)

// A trust policy means the very user or role that it names, not whoever has the
// name one day. AWS keeps their unique id, and shows it where the ARN was once
// they are gone (IAM User Guide, "AWS JSON policy elements: Principal"). Here the
// policies of the account's roles are written anew when a user or role that they
// name gets another ARN or is deleted.

// trusted changes what trust policies call a principal: from its ARN to its new
// one, or to its unique id.
func trusted(tx *store.Tx, from, to string) error {
	if from == to {
		return nil
	}
	for role := range tx.State().Roles("/", "") {
		if !strings.Contains(role.Trust, from) && !strings.Contains(role.Trust, `\`) {
			continue
		}
		document, err := renamed(role.Trust, from, to)
		if err != nil {
			return fmt.Errorf("reading the trust policy of %s: %w", role.ARN(), err)
		}
		if document == role.Trust {
			continue
		}
		changed := *role
		changed.Trust = document
		if err := tx.Put(&changed); err != nil {
			return err
		}
	}
	return nil
}

// renamed is a trust policy with a principal renamed, and otherwise as it was
// written.
func renamed(document, from, to string) (string, error) {
	doc, err := policy.Parse([]byte(document))
	if err != nil {
		return "", err
	}
	var at []int // where the principal is named, from the end
	for _, s := range doc.Statements {
		for _, p := range []*policy.Principal{s.Principal, s.NotPrincipal} {
			at = append(at, named(p, from)...)
		}
	}
	slices.Sort(at)
	slices.Reverse(at)
	out := []byte(document)
	for _, begin := range at {
		d := json.NewDecoder(bytes.NewReader(out[begin:]))
		var was string
		if err := d.Decode(&was); err != nil || was != from {
			return "", fmt.Errorf("no principal at byte %d", begin)
		}
		out = slices.Replace(out, begin, begin+int(d.InputOffset()), []byte(`"`+to+`"`)...)
	}
	return string(out), nil
}

// named is where a Principal element names an ARN.
func named(p *policy.Principal, principalARN string) (at []int) {
	if p == nil {
		return nil
	}
	for _, kind := range p.Kinds {
		for _, v := range kind.Values.Values {
			if kind.Name == "AWS" && v.Text == principalARN {
				at = append(at, v.Pos.Offset)
			}
		}
	}
	return at
}

// gone is trusted for a user or role that is deleted.
func gone(tx *store.Tx, principalARN string, e identity.Entity) error {
	return trusted(tx, principalARN, e.Ref().ID)
}
