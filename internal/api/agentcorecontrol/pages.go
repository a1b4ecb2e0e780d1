package agentcorecontrol

import (
	"encoding/base64"
	"iter"
	"strings"

	"hardpan/internal/awserr"
)

// A page's token holds the name of the last entry that was shown; the next page
// begins after it, whatever was made or deleted in the meantime.
const tokenForm = "1"

// Sizes of pages. Source: the API's model for policies; the same is taken for
// the other lists.
const (
	defaultPage = 10
	maxPage     = 100
)

// page shows the entries of a list that begins after a name.
func page[R named, S any](size *int32, token *string, from func(after string) iter.Seq[R], show func(R) S) (shown []S, next *string, err error) {
	n := defaultPage
	if size != nil {
		n = int(*size)
	}
	if n < 1 || n > maxPage {
		return nil, nil, awserr.Validation("1 validation error detected: Value '%d' at 'maxResults' failed to satisfy constraint: Member must be between 1 and %d", n, maxPage)
	}
	after, err := readToken(token)
	if err != nil {
		return nil, nil, err
	}
	shown = []S{}
	for r := range from(after) {
		if len(shown) == n {
			text := base64.RawURLEncoding.EncodeToString([]byte(tokenForm + after))
			return shown, &text, nil
		}
		_, after = r.Place()
		shown = append(shown, show(r))
	}
	return shown, nil, nil
}

type named interface{ Place() (within, name string) }

func readToken(token *string) (after string, err error) {
	if token == nil {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(*token)
	after, ok := strings.CutPrefix(string(raw), tokenForm)
	if err != nil || !ok || after == "" {
		return "", awserr.Validation("The nextToken is invalid: it is not one that this operation has returned.")
	}
	return after, nil
}
