// Package datasource holds the provider's data sources, one noun a file: what it
// is called, its schema, its Read.
//
// It is glue: it imports nothing of AWS. A Read decodes the configuration, puts
// the question to package runcommand, turns an error into words (diagnose.go),
// and maps the answer into the model. base.go holds the only checked assertion on
// what the provider hands over.
package datasource
