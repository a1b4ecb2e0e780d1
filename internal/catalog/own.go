package catalog

// ownActions are the actions of Hardpan's own API: those in the rules of
// internal/api/hardpan, whose tests hold this list against them.
var ownActions = []string{
	"DeleteBudget", "DiagnoseGateways", "GetBudget", "GetDecision", "GetInferenceConfig", "GetUsage", "ListBudgets",
	"PutBudget", "PutInferenceConfig", "ReplayGateway", "Simulate",
}

// OwnActions are the names of Hardpan's own actions, without "hardpan:", ordered
// by name.
func OwnActions() []string { return ownActions }
