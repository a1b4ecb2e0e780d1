package model

// Routes is the table of model backends: which one answers which model in
// which region. The first match wins; what matches nothing goes to Default.
type Routes struct {
	Rules   []Route
	Default Backend
}

// Route sends the models and regions that match to a backend.
type Route struct {
	Match   func(model, region string) bool
	Backend Backend
	As      func(model string) string // the model id to ask the backend for; nil: the same
}

// Pick returns the backend for a foundation model in a region, and the model
// id to ask it for.
func (r Routes) Pick(model, region string) (backend Backend, as string) {
	for _, route := range r.Rules {
		if !route.Match(model, region) {
			continue
		}
		if route.As != nil {
			return route.Backend, route.As(model)
		}
		return route.Backend, model
	}
	return r.Default, model
}
