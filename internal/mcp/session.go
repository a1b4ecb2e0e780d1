package mcp

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"hardpan/internal/awserr"
	"hardpan/internal/seal"
)

// A session is a sealed text that says whose it is, at which gateway and until
// when. The gateway keeps nothing of it: sessions survive a restart, are good at
// every node and cost no memory. It is its principal's only.
//
// AWS's sessionTimeoutInSeconds is counted here from the start of the session,
// not from its last request: what keeps nothing cannot know that one.

// defaultSession is how long a session lasts at a gateway that does not say.
// Source: CreateGateway, sessionConfiguration.
const defaultSession = time.Hour

// sealedSession is what a session's id says.
type sealedSession struct {
	Owner  []byte `json:"o"` // a hash of who may use it
	Ends   int64  `json:"e"` // seconds since 1970
	Random []byte `json:"r"` // makes each one different
}

const sessionHeader = "Mcp-Session-Id"

// openSession checks the session of a request, or makes one for a client that
// initializes. It returns the new session's id, or "".
func (v *Visit) openSession(asked []*jsonrpc.Request) (opening string, err error) {
	if id := v.Request.Header.Get(sessionHeader); id != "" {
		v.session = id
		return "", v.checkSession(id)
	}
	for _, r := range asked {
		if r.Method == "initialize" {
			return v.newSession()
		}
	}
	return "", nil // versions without sessions, and clients that keep none
}

func (v *Visit) newSession() (string, error) {
	life := defaultSession
	if c := v.Gateway.MCP().SessionConfiguration; c != nil && c.SessionTimeoutInSeconds != nil {
		life = time.Duration(*c.SessionTimeoutInSeconds) * time.Second
	}
	owner := sha256.Sum256([]byte(v.Owner))
	text, err := json.Marshal(sealedSession{Owner: owner[:], Ends: v.plane.Now().Add(life).Unix(), Random: random()})
	if err != nil {
		return "", err
	}
	sealed, err := v.plane.Box.Seal(text, v.sessionData())
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// sessionData binds a session to its gateway.
func (v *Visit) sessionData() []byte {
	return seal.Row(v.Gateway.Partition, v.Gateway.Account, "mcp-session", v.Gateway.ID)
}

// checkSession refuses a session that is not the caller's, or is over. The
// protocol asks for 404, upon which clients begin a new one; another principal's
// is told no more than one that never was.
func (v *Visit) checkSession(id string) error {
	gone := awserr.New("ResourceNotFoundException", http.StatusNotFound,
		"The session is over, or is not yours at this gateway. Initialize a new one.")
	sealed, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil {
		return gone
	}
	text, err := v.plane.Box.Open(sealed, v.sessionData())
	if err != nil {
		return gone
	}
	var s sealedSession
	owner := sha256.Sum256([]byte(v.Owner))
	if json.Unmarshal(text, &s) != nil || string(s.Owner) != string(owner[:]) || v.plane.Now().Unix() >= s.Ends || v.plane.ended.has(id) {
		return gone
	}
	return nil
}

// EndSession ends the session that a DELETE names.
func (p *Plane) EndSession(v *Visit) error {
	v.plane = p
	id := v.Request.Header.Get(sessionHeader)
	if err := v.checkSession(id); err != nil {
		return err
	}
	p.ended.add(id)
	return nil
}

// maxEnded bounds how many ended sessions are remembered. One that is forgotten
// is good again until its time is over, for its own principal only.
const maxEnded = 10_000

// ended are the sessions that their clients ended, on this node.
type ended struct {
	mu    sync.Mutex
	ids   map[string]bool
	order []string
}

func (e *ended) add(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ids == nil {
		e.ids = map[string]bool{}
	}
	if e.ids[id] {
		return
	}
	if len(e.order) >= maxEnded {
		delete(e.ids, e.order[0])
		e.order = e.order[1:]
	}
	e.ids[id] = true
	e.order = append(e.order, id)
}

func (e *ended) has(id string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ids[id]
}
