package iam

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/internal/op"
)

// GetAccessKeyLastUsed knows of uses since the server started. It names no
// user, so it is authorized on the user whose key it is.

var _ = op.Add(&table, (*Service).getAccessKeyLastUsed, rule("iam:GetAccessKeyLastUsed", op.Read,
	func(p *plan, in *awsiam.GetAccessKeyLastUsedInput) {
		p.required("accessKeyId", in.AccessKeyId, accessKeyRule)
		key, ok := p.state.AccessKey(aws.ToString(in.AccessKeyId))
		if !ok {
			p.on(p.arn("user", "/", "*"))
			return
		}
		if user, ok := p.state.UserByID(key.UserID); ok {
			p.onUser(user)
			return
		}
		p.on(key.RootARN())
	}))

// neverUsed stands for service and region of a key without a use, as AWS has it.
const neverUsed = "N/A"

func (s *Service) getAccessKeyLastUsed(_ context.Context, c *op.Call, in *awsiam.GetAccessKeyLastUsedInput) (*awsiam.GetAccessKeyLastUsedOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	key, ok := state.AccessKey(*in.AccessKeyId)
	if !ok {
		return nil, noAccessKey(*in.AccessKeyId)
	}
	out := &awsiam.GetAccessKeyLastUsedOutput{AccessKeyLastUsed: &types.AccessKeyLastUsed{
		ServiceName: aws.String(neverUsed), Region: aws.String(neverUsed),
	}}
	if user, ok := state.UserByID(key.UserID); ok {
		out.UserName = &user.Name
	}
	if use, ok := s.DB.Directory().LastUsed(key.ID); ok {
		out.AccessKeyLastUsed = &types.AccessKeyLastUsed{LastUsedDate: &use.At, ServiceName: &use.Service, Region: &use.Region}
	}
	return out, nil
}
