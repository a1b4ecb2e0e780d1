package sts

import (
	"context"
	"regexp"
	"strings"

	awssts "github.com/aws/aws-sdk-go-v2/service/sts"

	"hardpan/internal/op"
)

// GetAccessKeyInfo says which account a key belongs to, of any account, as AWS
// does, and whether or not the key is active. Keys of sessions are stored
// nowhere, so that nothing can be said of them.

var _ = op.Add(&table, (*Service).getAccessKeyInfo, op.Rule[awssts.GetAccessKeyInfoInput]{
	Action: "sts:GetAccessKeyInfo", Access: op.Read,
	Checks: func(c *op.Call, in *awssts.GetAccessKeyInfoInput) ([]op.Check, error) {
		if err := notFederated(c, "GetAccessKeyInfo"); err != nil {
			return nil, err
		}
		if in.AccessKeyId == nil {
			return nil, missing("accessKeyId")
		}
		if !accessKeyID.MatchString(*in.AccessKeyId) {
			return nil, constraint(*in.AccessKeyId, "accessKeyId", "[\\w]*, 16 to 128 characters")
		}
		return []op.Check{{Action: "sts:GetAccessKeyInfo", Resource: "*", Region: c.Region, Keys: c.Keys}}, nil
	},
})

var accessKeyID = regexp.MustCompile(`^\w{16,128}$`)

func (s *Service) getAccessKeyInfo(_ context.Context, _ *op.Call, in *awssts.GetAccessKeyInfoInput) (*awssts.GetAccessKeyInfoOutput, error) {
	key, _, ok := s.DB.Directory().AccessKey(*in.AccessKeyId)
	switch {
	case ok:
		return &awssts.GetAccessKeyInfoOutput{Account: &key.Account}, nil
	case strings.HasPrefix(*in.AccessKeyId, "ASIA"):
		return nil, invalid("%s belongs to a session, and sessions are not stored. sts:GetCallerIdentity, signed with it, names its account.", *in.AccessKeyId)
	}
	return nil, invalid("%s is no access key of this installation.", *in.AccessKeyId)
}
