package web

import (
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// products are the console's pages about products, their packages and their
// releases.
var products = []route{
	{"GET", "/console/products", desk.OpCatalog, productsPage},
	{"POST", "/console/products", desk.OpCreateProduct, createProduct},
	{"GET", "/console/products/:product", desk.OpCatalog, productPage},
	{"POST", "/console/products/:product", desk.OpUpdateProduct, updateProduct},
	{"POST", "/console/products/:product/packages", desk.OpCreatePackage, createPackage},
	{"GET", "/console/packages/:package", desk.OpCatalog, packagePage},
	{"POST", "/console/packages/:package", desk.OpUpdatePackage, updatePackage},
	{"POST", "/console/packages/:package/releases", desk.OpCreateRelease, createRelease},
	{"GET", "/console/releases/:release", desk.OpCatalog, releasePage},
	{"POST", "/console/releases/:release", desk.OpUpdateRelease, updateRelease},
}

// productsView is the list of products.
type productsView struct {
	List []store.Product
	Next string // address of the rest; "" on the last page
}

func (q *request) products() (v productsView, err error) {
	list, next, err := q.site.desk.ProductList(q.Request().Context(), q.QueryParam("after"), directoryPage)
	if next != "" {
		v.Next = q.to("/console/products" + query(url.Values{"after": {next}}))
	}
	v.List = list
	return v, err
}

func productsPage(q *request) error {
	v, err := q.products()
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "products", "products_title", v)
}

func createProduct(q *request) error {
	p, wrong := q.site.desk.CreateProduct(q.Request().Context(), q.formKey(), q.text("name"))
	if wrong == nil {
		return q.seeOther("/console/products/" + p.ID.String() + "?done=product_made")
	}
	if problem.CodeOf(wrong) == problem.Forbidden {
		return wrong
	}
	v, err := q.products()
	if err != nil {
		return err
	}
	return q.refusedForm(wrong, "new", "products", "products_title", v)
}

// productView is one product.
type productView struct {
	asIs
	store.Product
}

func (q *request) product(id uuid.UUID) (v productView, err error) {
	v.Product, err = q.site.desk.ProductSheet(q.Request().Context(), id)
	v.asIs = asIs{"edit": {"name": {v.Name}}}
	return v, err
}

func productPage(q *request) error {
	id, err := q.idIn("product")
	if err != nil {
		return err
	}
	v, err := q.product(id)
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "product", "product_title", v, "name", v.Name)
}

// refusedProduct shows a product's page whose form was refused.
func (q *request) refusedProduct(wrong error, form string, id uuid.UUID) error {
	v, err := q.product(id)
	switch {
	case err != nil:
		return err
	case form == "edit" && q.already(wrong, v.now(form)):
		return q.seeOther("/console/products/" + id.String() + "?done=product_kept")
	}
	return q.refusedForm(wrong, form, "product", "product_title", v, "name", v.Name)
}

func updateProduct(q *request) error {
	id, err := q.idIn("product")
	if err != nil {
		return err
	}
	if _, wrong := q.site.desk.UpdateProduct(q.Request().Context(), id, q.version(), q.text("name")); wrong != nil {
		return q.refusedProduct(wrong, "edit", id)
	}
	return q.seeOther("/console/products/" + id.String() + "?done=product_kept")
}

func createPackage(q *request) error {
	id, err := q.idIn("product")
	if err != nil {
		return err
	}
	k, wrong := q.site.desk.CreatePackage(q.Request().Context(), q.formKey(), id, q.text("name"))
	if wrong != nil {
		return q.refusedProduct(wrong, "new", id)
	}
	return q.seeOther("/console/packages/" + k.ID.String() + "?done=package_made")
}

// packageView is one package with its releases.
type packageView struct {
	asIs
	store.Package
	List []desk.ReleaseView
	Next string // address of the older ones; "" on the last page
}

func (q *request) pack(id uuid.UUID) (v packageView, err error) {
	v.Package, v.List, v.Next, err = q.site.desk.PackageSheet(q.Request().Context(), id, q.QueryParam("after"), directoryPage)
	if v.Next != "" {
		v.Next = q.to("/console/packages/" + id.String() + query(url.Values{"after": {v.Next}}))
	}
	v.asIs = asIs{"edit": {"name": {v.Name}}}
	return v, err
}

func packagePage(q *request) error {
	id, err := q.idIn("package")
	if err != nil {
		return err
	}
	v, err := q.pack(id)
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "package", "package_title", v, "name", v.Name)
}

// refusedPackage shows a package's page whose form was refused.
func (q *request) refusedPackage(wrong error, form string, id uuid.UUID) error {
	v, err := q.pack(id)
	switch {
	case err != nil:
		return err
	case form == "edit" && q.already(wrong, v.now(form)):
		return q.seeOther("/console/packages/" + id.String() + "?done=package_kept")
	}
	return q.refusedForm(wrong, form, "package", "package_title", v, "name", v.Name)
}

func updatePackage(q *request) error {
	id, err := q.idIn("package")
	if err != nil {
		return err
	}
	if _, wrong := q.site.desk.UpdatePackage(q.Request().Context(), id, q.version(), q.text("name")); wrong != nil {
		return q.refusedPackage(wrong, "edit", id)
	}
	return q.seeOther("/console/packages/" + id.String() + "?done=package_kept")
}

// releaseInput is what a form about a release says.
func (q *request) releaseInput() desk.ReleaseInput {
	on, _ := time.Parse(time.DateOnly, q.text("released_on")) // nonsense: the desk names the field
	return desk.ReleaseInput{Number: q.text("number"), ReleasedOn: on, Notes: q.text("notes")}
}

func createRelease(q *request) error {
	id, err := q.idIn("package")
	if err != nil {
		return err
	}
	if _, wrong := q.site.desk.CreateRelease(q.Request().Context(), q.formKey(), id, q.releaseInput()); wrong != nil {
		return q.refusedPackage(wrong, "new", id)
	}
	return q.seeOther("/console/packages/" + id.String() + "?done=release_made")
}

// releaseView is one release.
type releaseView struct {
	asIs
	desk.ReleaseView
	Shipping desk.ReleaseShipping // the dev tickets it ships, or has shipped
}

func (q *request) release(id uuid.UUID) (v releaseView, err error) {
	if v.ReleaseView, err = q.site.desk.ReleaseSheet(q.Request().Context(), id); err != nil {
		return v, err
	}
	if v.Shipping, err = q.site.desk.Shipping(q.Request().Context(), id); err != nil {
		return v, err
	}
	v.asIs = asIs{"edit": {"number": {v.Number}, "released_on": {v.ReleasedOn.Format(time.DateOnly)}, "notes": {v.Notes}}}
	return v, err
}

func releasePage(q *request) error {
	id, err := q.idIn("release")
	if err != nil {
		return err
	}
	v, err := q.release(id)
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "release", "release_title", v, "package", v.Package, "number", v.Number)
}

func updateRelease(q *request) error {
	id, err := q.idIn("release")
	if err != nil {
		return err
	}
	if _, wrong := q.site.desk.UpdateRelease(q.Request().Context(), id, q.version(), q.releaseInput()); wrong != nil {
		v, err := q.release(id)
		if err != nil {
			return err
		}
		if !q.already(wrong, v.now("edit")) {
			return q.refusedForm(wrong, "edit", "release", "release_title", v, "package", v.Package, "number", v.Number)
		}
	}
	return q.seeOther("/console/releases/" + id.String() + "?done=release_kept")
}
