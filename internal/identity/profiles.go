package identity

import "iter"

// profiles holds the application inference profiles of an account. They are
// the most numerous entities of all, so that what is kept of each is small.
type profiles struct {
	byID    trie[*InferenceProfile]
	byName  index[*InferenceProfile] // by region and name
	byToken index[*InferenceProfile] // by region and clientRequestToken
	count   index[int]               // by region
	tagged  index[int]               // by region, tag key without case, and value
}

func newProfiles() profiles {
	return profiles{byName: newIndex[*InferenceProfile](), byToken: newIndex[*InferenceProfile](), count: newIndex[int](), tagged: newIndex[int]()}
}

func (t profiles) fork() profiles {
	return profiles{t.byID, t.byName.fork(), t.byToken.fork(), t.count.fork(), t.tagged.fork()}
}

func inRegion(region, what string) string { return region + "\x00" + what }

func (t *profiles) put(p *InferenceProfile) {
	t.drop(p.ID)
	t.byID = t.byID.with(p.ID, p)
	t.byName.set(inRegion(p.Region, p.Name), p)
	if p.Token != "" {
		t.byToken.set(inRegion(p.Region, p.Token), p)
	}
	t.tally(p, 1)
}

// tally counts a profile in, or with -1 out.
func (t *profiles) tally(p *InferenceProfile, more int) {
	n, _ := t.count.get(p.Region)
	t.count.set(p.Region, n+more)
	for _, tag := range p.Tags {
		key := tagged(p.Region, tag.Key, tag.Value)
		n, _ := t.tagged.get(key)
		if n+more == 0 {
			t.tagged.remove(key)
			continue
		}
		t.tagged.set(key, n+more)
	}
}

func tagged(region, key, value string) string {
	return inRegion(region, FoldName(key)+"\x00"+value)
}

func (t *profiles) drop(id string) {
	old, ok := t.byID.get(id)
	if !ok {
		return
	}
	t.byID = t.byID.without(id)
	drop(t.byName, inRegion(old.Region, old.Name), old)
	drop(t.byToken, inRegion(old.Region, old.Token), old)
	t.tally(old, -1)
}

// InferenceProfile finds an application inference profile of a region by its id.
func (s *Snapshot) InferenceProfile(region, id string) (*InferenceProfile, bool) {
	p, ok := s.profiles.byID.get(id)
	if !ok || p.Region != region {
		return nil, false
	}
	return p, true
}

// InferenceProfileNamed finds an application inference profile by its name.
func (s *Snapshot) InferenceProfileNamed(region, name string) (*InferenceProfile, bool) {
	return s.profiles.byName.get(inRegion(region, name))
}

// InferenceProfileMade finds the application inference profile that a request
// with this clientRequestToken made.
func (s *Snapshot) InferenceProfileMade(region, token string) (*InferenceProfile, bool) {
	return s.profiles.byToken.get(inRegion(region, token))
}

// InferenceProfileCount is how many application inference profiles a region has.
func (s *Snapshot) InferenceProfileCount(region string) int {
	n, _ := s.profiles.count.get(region)
	return n
}

// InferenceProfileCountTagged is how many application inference profiles of a region
// have a tag with this key, without regard to case, and this value.
func (s *Snapshot) InferenceProfileCountTagged(region, key, value string) int {
	n, _ := s.profiles.tagged.get(tagged(region, key, value))
	return n
}

// InferenceProfiles yields the application inference profiles of a region in
// name order, those after the name `after` only ("" for all).
func (s *Snapshot) InferenceProfiles(region, after string) iter.Seq[*InferenceProfile] {
	first := inRegion(region, after)
	if after != "" {
		first += "\x00"
	}
	return func(yield func(*InferenceProfile) bool) {
		for _, p := range s.profiles.byName.from(first) {
			if p.Region != region || !yield(p) {
				return
			}
		}
	}
}
