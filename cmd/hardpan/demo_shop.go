package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// shop is what stands around a tool gateway in story 3: an API of two operations,
// and an identity provider that signs tokens. Both answer on loopback, within the
// demo's own process.
type shop struct {
	url    string
	server *http.Server
	signer jose.Signer
}

// shopAudience is for whom the provider's tokens are made.
const shopAudience = "shop"

// ordersAPI describes the API; SERVER is where it is.
const ordersAPI = `{"openapi":"3.0.3","info":{"title":"Orders","version":"1"},"servers":[{"url":"SERVER"}],"paths":{
  "/orders/{id}":{"get":{"operationId":"getOrder","summary":"Look an order up",
    "parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"ok"}}}},
  "/refunds":{"post":{"operationId":"refund","summary":"Pay money back",
    "requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["amount"],
      "properties":{"amount":{"type":"integer"},"reason":{"type":"string"}}}}}},"responses":{"200":{"description":"ok"}}}}}}`

func openShop(ctx context.Context) (*shop, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the identity provider's key: %w", err)
	}
	public := jose.JSONWebKey{Key: key.Public(), KeyID: "demo", Algorithm: string(jose.ES256), Use: "sig"}
	s := &shop{}
	s.signer, err = jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: public.KeyID}}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("making the identity provider: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening the demo's own services: %w", err)
	}
	s.url = "http://" + listener.Addr().String()
	s.server = &http.Server{Handler: s.routes(public), ReadHeaderTimeout: startPatience}
	go func() { _ = s.server.Serve(listener) }() // until it is closed
	return s, nil
}

func (s *shop) close() error { return s.server.Close() }

func (s *shop) routes(public jose.JSONWebKey) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{
			"issuer": s.url, "jwks_uri": s.url + "/keys", "authorization_endpoint": s.url + "/authorize", "token_endpoint": s.url + "/token",
			"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{string(jose.ES256)},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{public}})
	})
	mux.HandleFunc("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		reply(w, map[string]any{"order": r.PathValue("id"), "status": "sent"})
	})
	mux.HandleFunc("POST /refunds", func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ Amount int }
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxTail)).Decode(&asked); err != nil {
			http.Error(w, "the body is no refund", http.StatusBadRequest)
			return
		}
		reply(w, map[string]any{"refunded": asked.Amount})
	})
	return mux
}

func reply(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", jsonType)
	_ = json.NewEncoder(w).Encode(value) // who does not read it learns nothing
}

func (s *shop) discovery() string { return s.url + "/.well-known/openid-configuration" }

// api is the description of the orders API.
func (s *shop) api() string { return strings.Replace(ordersAPI, "SERVER", s.url, 1) }

// token signs somebody in, with a role.
func (s *shop) token(subject, role string) (string, error) {
	now := time.Now()
	claims, err := json.Marshal(map[string]any{
		"iss": s.url, "aud": shopAudience, "sub": subject, "role": role, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	})
	if err != nil {
		return "", err
	}
	signed, err := s.signer.Sign(claims)
	if err != nil {
		return "", fmt.Errorf("signing %s in: %w", subject, err)
	}
	return signed.CompactSerialize()
}
