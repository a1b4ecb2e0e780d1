package iam

import (
	"cmp"
	"encoding/base64"
	"iter"
	"slices"
)

// Lists come in pages. A marker holds the key of the last entry that was
// shown, and the next page begins after it: what is added or deleted in the
// meantime moves nothing. Clients must not look into markers.

// defaultPage is how many entries a page has if the caller does not say.
const defaultPage = 100

// markerForm is the first byte of every marker.
const markerForm = '1'

// page is one page of a list.
type page[T any] struct {
	items     []T
	marker    *string // where the next page begins; nil on the last
	truncated bool
}

// pages cuts a page out of a list: entries holds those after a key, in the
// order of key.
func pages[T any](marker *string, maxItems *int32, key func(T) string, entries func(after string) iter.Seq[T]) (page[T], error) {
	after, err := readMarker(marker)
	if err != nil {
		return page[T]{}, err
	}
	size := defaultPage
	if maxItems != nil {
		size = int(*maxItems)
	}
	out := page[T]{items: []T{}}
	for item := range entries(after) {
		if len(out.items) == size {
			next := writeMarker(key(out.items[size-1]))
			out.marker, out.truncated = &next, true
			break
		}
		out.items = append(out.items, item)
	}
	return out, nil
}

// sliced makes the entries of a short list that is not in order.
func sliced[T any](list []T, key func(T) string) func(after string) iter.Seq[T] {
	list = slices.SortedFunc(slices.Values(list), func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	return func(after string) iter.Seq[T] {
		return func(yield func(T) bool) {
			for _, item := range list {
				if (after == "" || key(item) > after) && !yield(item) {
					return
				}
			}
		}
	}
}

func writeMarker(key string) string {
	return base64.RawURLEncoding.EncodeToString(append([]byte{markerForm}, key...))
}

func readMarker(marker *string) (after string, err error) {
	if marker == nil {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(*marker)
	if err != nil || len(raw) < 2 || raw[0] != markerForm {
		return "", errMarker
	}
	return string(raw[1:]), nil
}

// shown turns the entries of a page into their form on the wire.
func shown[T, W any](p page[T], show func(T) W) []W {
	list := make([]W, len(p.items))
	for i, item := range p.items {
		list[i] = show(item)
	}
	return list
}

// filtered yields what is wanted of entries.
func filtered[T any](entries iter.Seq[T], wanted func(T) bool) iter.Seq[T] {
	return func(yield func(T) bool) {
		for item := range entries {
			if wanted(item) && !yield(item) {
				return
			}
		}
	}
}
