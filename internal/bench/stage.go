package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// stage is the processes of a comparison: a mock upstream, and what stands before
// it.
type stage struct {
	dir        string
	contenders []*contender
	running    []*peer
}

// contender is a server between the clients and the upstream.
type contender struct {
	*peer
	name  string
	creds aws.Credentials // of the caller it knows
	cpu   []float64       // microseconds a request, by round
}

// newStage starts the upstream in its role, the bare proxy and two Hardpans, by
// durability. backend says how Hardpan sees an upstream at a URL: the members of a
// backend in its configuration.
func newStage(ctx context.Context, role string, backend func(upstream string) string) (s *stage, err error) {
	dir, err := os.MkdirTemp("", "hardpan-bench-")
	if err != nil {
		return nil, err
	}
	s = &stage{dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	upstream, err := startRole(ctx, role, "")
	if err != nil {
		return s, err
	}
	s.running = append(s.running, upstream)
	proxy, err := startRole(ctx, "proxy", upstream.url)
	if err != nil {
		return s, err
	}
	s.running = append(s.running, proxy)
	s.contenders = append(s.contenders, &contender{peer: proxy, name: "reverse proxy", creds: aws.Credentials{AccessKeyID: "unknown", SecretAccessKey: "unknown"}})
	for _, durability := range []string{"power", "process"} {
		if err := s.hardpan(ctx, backend(upstream.url), durability); err != nil {
			return s, err
		}
	}
	return s, nil
}

// hardpan starts a server in front of a backend, and makes its caller.
func (s *stage) hardpan(ctx context.Context, backend, durability string) error {
	dir := filepath.Join(s.dir, durability)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	config := fmt.Sprintf(`durability: %s
backends:
  - {name: up, %s}
routes:
  - {models: ["*"], backend: up}
`, durability, backend)
	file := filepath.Join(dir, "hardpan.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return err
	}
	p, _, err := startHardpan(ctx, dir, "--config", file)
	if err != nil {
		return err
	}
	s.running = append(s.running, p)
	creds, err := makeCaller(ctx, p.url)
	s.contenders = append(s.contenders, &contender{peer: p, name: "durability " + durability, creds: creds})
	return err
}

// close stops everything, what was started last first.
func (s *stage) close() error {
	var err error
	for i := len(s.running) - 1; i >= 0; i-- {
		err = errors.Join(err, s.running[i].stop())
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

// makeCaller makes a user whose policy has ten statements, and an access key.
func makeCaller(ctx context.Context, url string) (aws.Credentials, error) {
	document, err := json.Marshal(statements(10, ""))
	if err != nil {
		return aws.Credentials{}, err
	}
	client := iam.New(iam.Options{BaseEndpoint: &url, Region: benchRegion, Credentials: root{}})
	name, text := aws.String(benchUser), aws.String(string(document))
	if _, err := client.CreateUser(ctx, &iam.CreateUserInput{UserName: name}); err != nil {
		return aws.Credentials{}, err
	}
	if _, err := client.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: name, PolicyName: name, PolicyDocument: text}); err != nil {
		return aws.Credentials{}, err
	}
	made, err := client.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: name})
	if err != nil {
		return aws.Credentials{}, err
	}
	return aws.Credentials{AccessKeyID: *made.AccessKey.AccessKeyId, SecretAccessKey: *made.AccessKey.SecretAccessKey}, nil
}

// root signs as the administrator of the bench's servers.
type root struct{}

// Retrieve implements aws.CredentialsProvider.
func (root) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: rootKeyID, SecretAccessKey: rootSecret}, nil
}
