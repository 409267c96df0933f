package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/problem"
)

// Product is something the vendor makes; it comes in packages.
type Product struct {
	ID        uuid.UUID `db:"id"`
	Name      string    `db:"name"`
	Version   int64     `db:"version"` // of the row: rises with each change
	CreatedAt time.Time `db:"created_at"`
	// Packages by name; read by Products and Product.
	Packages []Package `db:"-"`
}

// Package is a part of a product that is released by itself.
type Package struct {
	ID        uuid.UUID `db:"id"`
	ProductID uuid.UUID `db:"product_id"`
	Product   string    `db:"product"` // its name; read, never written
	Name      string    `db:"name"`
	Version   int64     `db:"version"` // of the row
	CreatedAt time.Time `db:"created_at"`
}

const (
	productSelect = `select id, name, version, created_at from products `
	packageSelect = `select k.id, k.product_id, p.name as product, k.name, k.version, k.created_at
		from packages k join products p on p.id = k.product_id `
)

// Products lists products by name, after that name and id.
func (tx *Tx) Products(ctx context.Context, afterName string, afterID uuid.UUID, limit int) (list []Product, err error) {
	err = tx.list(ctx, "list products", &list, productSelect+`where vendor_id = $1 and (name, id) > ($2, $3) order by name, id limit $4`,
		tx.Vendor, afterName, afterID, limit)
	if err != nil {
		return nil, err
	}
	return list, tx.readPackages(ctx, list)
}

// Product finds one; NotFound when there is none.
func (tx *Tx) Product(ctx context.Context, id uuid.UUID) (p Product, err error) {
	return tx.product(ctx, "find product", productSelect+`where id = $1`, id)
}

// LockProduct is Product, and nobody else changes it until the end of the
// transaction.
func (tx *Tx) LockProduct(ctx context.Context, id uuid.UUID) (Product, error) {
	return tx.product(ctx, "lock product", productSelect+`where id = $1 for update`, id)
}

func (tx *Tx) product(ctx context.Context, doing, query string, id uuid.UUID) (p Product, err error) {
	if err := tx.get(ctx, doing, &p, query, id); err != nil {
		return p, err
	}
	list := []Product{p}
	err = tx.readPackages(ctx, list)
	return list[0], err
}

func (tx *Tx) readPackages(ctx context.Context, products []Product) error {
	at := map[uuid.UUID]int{}
	ids := make([]uuid.UUID, len(products))
	for i, p := range products {
		ids[i], at[p.ID] = p.ID, i
	}
	var packages []Package
	err := tx.list(ctx, "list packages", &packages, packageSelect+`where k.product_id = any($1) order by k.name, k.id`, pq.Array(ids))
	for _, k := range packages {
		p := &products[at[k.ProductID]]
		p.Packages = append(p.Packages, k)
	}
	return err
}

// InsertProduct adds a product; a name in use is a Conflict.
func (tx *Tx) InsertProduct(ctx context.Context, p Product) error {
	_, err := tx.ExecContext(ctx, `insert into products (id, vendor_id, name, created_at) values ($1, $2, $3, $4)`, p.ID, tx.Vendor, p.Name, p.CreatedAt)
	return productFailure("insert product", p, err)
}

// UpdateProduct writes a locked product back. p.Version is the new version and
// must follow the one in the database; a name in use is a Conflict.
func (tx *Tx) UpdateProduct(ctx context.Context, p Product) error {
	err := oneRow(tx.ExecContext(ctx, `update products set version = $2, name = $3 where id = $1 and version = $2 - 1`, p.ID, p.Version, p.Name))
	return productFailure("update product", p, err)
}

func productFailure(doing string, p Product, err error) error {
	if violates(err, "products_name") {
		return problem.New(problem.Conflict, "product_name_taken", problem.Args{"name": p.Name})
	}
	return failure(doing, err)
}

// Package finds one; NotFound when there is none.
func (tx *Tx) Package(ctx context.Context, id uuid.UUID) (k Package, err error) {
	return k, tx.get(ctx, "find package", &k, packageSelect+`where k.id = $1`, id)
}

// LockPackage is Package, and nobody else changes it until the end of the
// transaction.
func (tx *Tx) LockPackage(ctx context.Context, id uuid.UUID) (k Package, err error) {
	return k, tx.get(ctx, "lock package", &k, packageSelect+`where k.id = $1 for update of k`, id)
}

// InsertPackage adds a package; a name in use at the vendor is a Conflict.
func (tx *Tx) InsertPackage(ctx context.Context, k Package) error {
	_, err := tx.ExecContext(ctx, `insert into packages (id, vendor_id, product_id, name, created_at) values ($1, $2, $3, $4, $5)`,
		k.ID, tx.Vendor, k.ProductID, k.Name, k.CreatedAt)
	return packageFailure("insert package", k, err)
}

// UpdatePackage writes a locked package back, as UpdateProduct does.
func (tx *Tx) UpdatePackage(ctx context.Context, k Package) error {
	err := oneRow(tx.ExecContext(ctx, `update packages set version = $2, name = $3 where id = $1 and version = $2 - 1`, k.ID, k.Version, k.Name))
	return packageFailure("update package", k, err)
}

func packageFailure(doing string, k Package, err error) error {
	if violates(err, "packages_name") {
		return problem.New(problem.Conflict, "package_name_taken", problem.Args{"name": k.Name})
	}
	return failure(doing, err)
}

// PackageNamed is the package of a name, whatever the case of its letters; nil
// when there is none.
func (tx *Tx) PackageNamed(ctx context.Context, name string) (*uuid.UUID, error) {
	var found []uuid.UUID
	err := tx.list(ctx, "find package by name", &found, `select id from packages where vendor_id = $1 and lower(name) = lower($2)`, tx.Vendor, name)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}
