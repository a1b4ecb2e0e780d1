package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	bedrocktypes "github.com/aws/aws-sdk-go-v2/service/bedrock/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// A call through an application inference profile against the same call of the bare
// model: one server, one caller, in turns, and what counts is the server's processor
// time for one request. Through the profile there are two checks in place of one,
// one of them with the profile's tags, and more to write down.

// ownerTag is what the caller and the profile have in common.
const ownerTag, ownerValue = "UserEmail", "bench@example.com"

func throughProfile(ctx context.Context) (figures []Figure, err error) {
	s, err := newStage(ctx, "upstream", bedrockBackend)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	server := s.contenders[1]
	profile, err := makeProfile(ctx, server.url)
	if err != nil {
		return nil, err
	}
	ways := []*contender{{peer: server.peer, name: "bare model", creds: server.creds}, {peer: server.peer, name: "profile", creds: server.creds}}
	models := []string{benchModel, profile}
	for round := range rounds + 1 {
		for i := range ways {
			k := (i + round) % len(ways)
			what := comparison{operation: "invoke", model: models[k], body: bodyOf(1 << 10)}
			if err := ways[k].round(ctx, what, roundTime); err != nil {
				return nil, err
			}
		}
		if round == 0 { // it has warmed up
			ways[0].cpu, ways[1].cpu = nil, nil
		}
	}
	return []Figure{ways[1].against(ways[0], "through-profile.invoke-1KB", AtMost(1.3))}, nil
}

// bedrockBackend has Hardpan see the upstream as Amazon Bedrock.
func bedrockBackend(upstream string) string {
	return fmt.Sprintf(`type: bedrock, regions: [%s], endpoint: %q, credentials: {access_key_id: %s, secret_access_key: "env:HARDPAN_ROOT_SECRET_ACCESS_KEY"}`,
		benchRegion, upstream, rootKeyID)
}

// makeProfile makes a profile of the bench's caller and lets them use it, by their
// tag. It returns its ARN.
func makeProfile(ctx context.Context, url string) (string, error) {
	users := iam.New(iam.Options{BaseEndpoint: &url, Region: benchRegion, Credentials: root{}})
	name := aws.String(benchUser)
	_, err := users.TagUser(ctx, &iam.TagUserInput{UserName: name, Tags: []iamtypes.Tag{{Key: aws.String(ownerTag), Value: aws.String(ownerValue)}}})
	if err != nil {
		return "", err
	}
	_, err = users.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: name, PolicyName: aws.String("through-own"), PolicyDocument: aws.String(throughOwn)})
	if err != nil {
		return "", err
	}
	made, err := bedrock.New(bedrock.Options{BaseEndpoint: &url, Region: benchRegion, Credentials: root{}}).CreateInferenceProfile(ctx, &bedrock.CreateInferenceProfileInput{
		InferenceProfileName: name, ModelSource: &bedrocktypes.InferenceProfileModelSourceMemberCopyFrom{Value: modelARN},
		Tags: []bedrocktypes.Tag{{Key: aws.String(ownerTag), Value: aws.String(ownerValue)}},
	})
	if err != nil {
		return "", err
	}
	return *made.InferenceProfileArn, nil
}
