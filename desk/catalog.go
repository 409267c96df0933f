package desk

import (
	"context"

	"github.com/google/uuid"

	"github.com/casepath/casepath/store"
)

// The operations on products, their releases, and tickets' versions.
const (
	OpListProducts  Operation = "listProducts"
	OpGetProduct    Operation = "getProduct"
	OpCreateProduct Operation = "createProduct"
	OpUpdateProduct Operation = "updateProduct"
	OpGetPackage    Operation = "getPackage"
	OpCreatePackage Operation = "createPackage"
	OpUpdatePackage Operation = "updatePackage"
	OpListReleases  Operation = "listReleases"
	OpGetRelease    Operation = "getRelease"
	OpCreateRelease Operation = "createRelease"
	OpUpdateRelease Operation = "updateRelease"
	OpAcceptVersion Operation = "acceptVersion"
	OpAskUpgrade    Operation = "askUpgrade"
	OpCatalog       Operation = "catalog" // only the pages ask for it
)

// What the console's pages about products show; for staff alone. Customers see
// the releases on a page of theirs.

// ProductSheet is one product with its packages.
func (d *Desk) ProductSheet(ctx context.Context, id uuid.UUID) (store.Product, error) {
	p, err := d.Product(ctx, id)
	if err == nil {
		err = d.mayUseCatalog(ctx)
	}
	return p, err
}

// PackageSheet is one package with its releases, newest first, and the cursor of
// the next page.
func (d *Desk) PackageSheet(ctx context.Context, id uuid.UUID, after string, limit int) (k store.Package, list []ReleaseView, next string, err error) {
	if k, err = d.Package(ctx, id); err != nil {
		return k, nil, "", err
	}
	if err := d.mayUseCatalog(ctx); err != nil {
		return k, nil, "", err
	}
	list, next, err = d.Releases(ctx, &id, after, limit)
	return k, list, next, err
}

// ReleaseSheet is one release.
func (d *Desk) ReleaseSheet(ctx context.Context, id uuid.UUID) (ReleaseView, error) {
	v, err := d.Release(ctx, id)
	if err == nil {
		err = d.mayUseCatalog(ctx)
	}
	return v, err
}

// ProductList is Products for the console.
func (d *Desk) ProductList(ctx context.Context, after string, limit int) ([]store.Product, string, error) {
	if err := d.mayUseCatalog(ctx); err != nil {
		return nil, "", err
	}
	return d.Products(ctx, after, limit)
}

func (d *Desk) mayUseCatalog(ctx context.Context) error {
	_, err := d.caller(ctx, OpCatalog)
	return err
}
