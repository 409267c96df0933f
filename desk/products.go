package desk

import (
	"context"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// nameOf checks a name of a product or package.
func nameOf(name string) (string, error) {
	var wrong problem.Fields
	checkText(&wrong, "name", &name, 1, NameMax)
	return name, wrong.Err()
}

// Products lists the vendor's products by name, each with its packages, and the
// cursor of the next page.
func (d *Desk) Products(ctx context.Context, after string, limit int) (list []store.Product, next string, err error) {
	c, err := d.caller(ctx, OpListProducts)
	if err != nil {
		return nil, "", err
	}
	var afterName string
	var afterID uuid.UUID
	if after != "" {
		if afterName, afterID, err = readCursor(after); err != nil {
			return nil, "", err
		}
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		list, err = tx.Products(ctx, afterName, afterID, limit+1)
		return err
	})
	if len(list) > limit {
		list = list[:limit]
		next = cursor(list[limit-1].Name, list[limit-1].ID)
	}
	return list, next, err
}

// Product is one product with its packages.
func (d *Desk) Product(ctx context.Context, id uuid.UUID) (p store.Product, err error) {
	c, err := d.caller(ctx, OpGetProduct)
	if err != nil {
		return p, err
	}
	return p, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		p, err = tx.Product(ctx, id)
		return err
	})
}

// CreateProduct adds a product. A name in use is a Conflict.
func (d *Desk) CreateProduct(ctx context.Context, key, name string) (p store.Product, err error) {
	c, err := d.caller(ctx, OpCreateProduct)
	if err != nil {
		return p, err
	}
	if name, err = nameOf(name); err != nil {
		return p, err
	}
	return p, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		made, _, err := d.once(ctx, tx, c, write{action: "create_product", key: key, body: name}, func() (uuid.UUID, error) {
			created := store.Product{ID: store.NewID(), Name: name, CreatedAt: d.Now()}
			if err := tx.InsertProduct(ctx, created); err != nil {
				return uuid.Nil, err
			}
			return created.ID, d.audit(ctx, tx, c, "product_created", "product", created.ID, map[string]any{"name": name})
		})
		if err == nil {
			p, err = tx.Product(ctx, made)
		}
		return err
	})
}

// UpdateProduct names a product anew. A version other than the product's is a
// Conflict, and so is a name in use.
func (d *Desk) UpdateProduct(ctx context.Context, id uuid.UUID, version int64, name string) (p store.Product, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return p, err
	}
	return p, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if p, err = tx.LockProduct(ctx, id); err != nil {
			return err
		}
		name, err := c.renames(OpUpdateProduct, p.Version, version, name)
		if err != nil || name == p.Name {
			return err
		}
		changed := changes(map[string]any{"name": p.Name}, map[string]any{"name": name})
		p.Name, p.Version = name, p.Version+1
		if err := tx.UpdateProduct(ctx, p); err != nil {
			return err
		}
		return d.audit(ctx, tx, c, "product_changed", "product", p.ID, changed)
	})
}

// renames is the new name of a row of that version, if the caller may give it
// one and has seen the row as it is.
func (c Caller) renames(op Operation, is, seen int64, name string) (string, error) {
	if err := c.allow(op); err != nil {
		return name, err
	}
	if is != seen {
		return name, changedMeanwhile(is)
	}
	return nameOf(name)
}

// Package is one package of a product.
func (d *Desk) Package(ctx context.Context, id uuid.UUID) (k store.Package, err error) {
	c, err := d.caller(ctx, OpGetPackage)
	if err != nil {
		return k, err
	}
	return k, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		k, err = tx.Package(ctx, id)
		return err
	})
}

// CreatePackage adds a package to a product. A name in use, by any product's, is
// a Conflict: people name packages without their products.
func (d *Desk) CreatePackage(ctx context.Context, key string, product uuid.UUID, name string) (k store.Package, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return k, err
	}
	return k, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if _, err := tx.Product(ctx, product); err != nil {
			return err
		}
		if err := c.allow(OpCreatePackage); err != nil {
			return err
		}
		name, err := nameOf(name)
		if err != nil {
			return err
		}
		made, _, err := d.once(ctx, tx, c, write{action: "create_package", key: key, body: []any{product, name}}, func() (uuid.UUID, error) {
			created := store.Package{ID: store.NewID(), ProductID: product, Name: name, CreatedAt: d.Now()}
			if err := tx.InsertPackage(ctx, created); err != nil {
				return uuid.Nil, err
			}
			return created.ID, d.audit(ctx, tx, c, "package_created", "package", created.ID, map[string]any{"name": name, "product_id": product})
		})
		if err == nil {
			k, err = tx.Package(ctx, made)
		}
		return err
	})
}

// UpdatePackage names a package anew, as UpdateProduct does a product.
func (d *Desk) UpdatePackage(ctx context.Context, id uuid.UUID, version int64, name string) (k store.Package, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return k, err
	}
	return k, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if k, err = tx.LockPackage(ctx, id); err != nil {
			return err
		}
		name, err := c.renames(OpUpdatePackage, k.Version, version, name)
		if err != nil || name == k.Name {
			return err
		}
		changed := changes(map[string]any{"name": k.Name}, map[string]any{"name": name})
		k.Name, k.Version = name, k.Version+1
		if err := tx.UpdatePackage(ctx, k); err != nil {
			return err
		}
		return d.audit(ctx, tx, c, "package_changed", "package", k.ID, changed)
	})
}
