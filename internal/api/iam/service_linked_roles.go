package iam

import (
	"strings"

	"hardpan/internal/awserr"
	"hardpan/internal/identity"
)

// Service-linked roles belong to an AWS service: it alone may change or delete
// them, and only its own name is trusted by them. Hardpan makes those of the
// services that it stands for. Source: IAM User Guide, "Create a service-linked
// role"; the services' own guides, from memory.

// serviceLinkedPath begins the path of every service-linked role, and of no other.
const serviceLinkedPath = "/aws-service-role/"

// reservedPaths are those that roles made by users cannot have.
var reservedPaths = []string{serviceLinkedPath, "/aws-reserved/"}

// serviceLinked are the names of their roles.
var serviceLinked = map[string]string{
	"network.bedrock-agentcore.amazonaws.com":          "AWSServiceRoleForBedrockAgentCoreNetwork",
	"runtime-identity.bedrock-agentcore.amazonaws.com": "AWSServiceRoleForBedrockAgentCoreRuntimeIdentity",
	"organizations.amazonaws.com":                      "AWSServiceRoleForOrganizations",
	"sso.amazonaws.com":                                "AWSServiceRoleForSSO",
}

// serviceOf is the service that a role belongs to, or empty for a user's own.
func serviceOf(r *identity.Role) string {
	rest, ok := strings.CutPrefix(r.Path, serviceLinkedPath)
	if !ok {
		return ""
	}
	return strings.TrimSuffix(rest, "/")
}

// modifiable refuses a change of a service-linked role.
func modifiable(r *identity.Role) error {
	if service := serviceOf(r); service != "" {
		return unmodifiableRole(r.Name, service)
	}
	return nil
}

// theOwnRole is theRole for operations that service-linked roles are protected
// from.
func theOwnRole(name string) finder {
	return func(s *identity.Snapshot) (*holder, error) {
		r, err := findRole(s, name)
		if err != nil {
			return nil, err
		}
		if err := modifiable(r); err != nil {
			return nil, err
		}
		return roleHolder(r), nil
	}
}

// rolePath refuses a path that only AWS's own roles have.
func (p *plan) rolePath(path *string) {
	for _, reserved := range reservedPaths {
		if path != nil && strings.HasPrefix(*path, reserved) {
			p.refuse(reservedPath(*path))
		}
	}
}

// serviceName is about the service of a service-linked role that is to be made.
func (p *plan) serviceName(service *string) {
	p.required("aWSServiceName", service, serviceNameRule)
	if service == nil {
		return
	}
	p.key("iam:AWSServiceName", *service)
	name, ok := serviceLinked[*service]
	if !ok {
		p.refuse(noServiceRole(*service))
	}
	p.on(p.arn("role", serviceLinkedPath+*service+"/", name))
}

func noServiceRole(service string) *awserr.Error {
	return invalidInput("Hardpan has no service-linked role for %s.", clip(service))
}
