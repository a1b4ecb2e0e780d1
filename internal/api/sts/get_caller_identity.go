package sts

import (
	"context"

	awssts "github.com/aws/aws-sdk-go-v2/service/sts"

	"hardpan/internal/op"
)

var _ = op.Add(&table, (*Service).getCallerIdentity, op.Rule[awssts.GetCallerIdentityInput]{
	Access: op.Read,
	Public: "AWS: no permission is needed to ask who one is, and an explicit deny does not forbid it",
})

func (s *Service) getCallerIdentity(_ context.Context, c *op.Call, _ *awssts.GetCallerIdentityInput) (*awssts.GetCallerIdentityOutput, error) {
	return &awssts.GetCallerIdentityOutput{UserId: &c.Caller.UserID, Account: &c.Account, Arn: &c.Caller.ARN}, nil
}
