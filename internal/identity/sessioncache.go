package identity

import "sync"

// Sessions are kept compiled in sessionShards maps of at most sessionsPerShard
// each: 16,384 in all. Beyond that some session has to be compiled again,
// which costs microseconds.
const (
	sessionShards    = 64
	sessionsPerShard = 256
)

// session is a compiled session and the principal it stands on.
type session struct {
	slot
	base *Principal
}

// sessionCache is spread by key, so that readers on many cores do not meet on
// one lock. Its zero value is ready for use.
type sessionCache [sessionShards]struct {
	mu   sync.RWMutex
	held map[SessionKey]*session
}

func (c *sessionCache) get(key SessionKey) *session {
	shard := &c[key[0]%sessionShards]
	shard.mu.RLock()
	defer shard.mu.RUnlock()
	return shard.held[key]
}

// put makes room by dropping any one entry: which one does not matter for
// being right, and a random one cannot be steered by a caller.
func (c *sessionCache) put(key SessionKey, s *session) {
	shard := &c[key[0]%sessionShards]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if shard.held == nil {
		shard.held = make(map[SessionKey]*session)
	}
	if _, ok := shard.held[key]; !ok && len(shard.held) >= sessionsPerShard {
		for victim := range shard.held {
			delete(shard.held, victim)
			break
		}
	}
	shard.held[key] = s
}
