package api

import (
	"context"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
)

func (s server) ListProducts(ctx context.Context, r ListProductsRequestObject) (ListProductsResponseObject, error) {
	list, next, err := s.desk.Products(ctx, value(r.Params.Cursor), limit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	page := ProductPage{Products: make([]Product, len(list)), Next: unlessZero(next)}
	for i, p := range list {
		page.Products[i] = product(p)
	}
	return ListProducts200JSONResponse(page), nil
}

func (s server) GetProduct(ctx context.Context, r GetProductRequestObject) (GetProductResponseObject, error) {
	p, err := s.desk.Product(ctx, r.Product)
	if err != nil {
		return nil, err
	}
	return GetProduct200JSONResponse(product(p)), nil
}

func (s server) CreateProduct(ctx context.Context, r CreateProductRequestObject) (CreateProductResponseObject, error) {
	p, err := s.desk.CreateProduct(ctx, value(r.Params.IdempotencyKey), r.Body.Name)
	if err != nil {
		return nil, err
	}
	return CreateProduct201JSONResponse(product(p)), nil
}

func (s server) UpdateProduct(ctx context.Context, r UpdateProductRequestObject) (UpdateProductResponseObject, error) {
	p, err := s.desk.UpdateProduct(ctx, r.Product, r.Body.Version, r.Body.Name)
	if err != nil {
		return nil, err
	}
	return UpdateProduct200JSONResponse(product(p)), nil
}

func (s server) CreatePackage(ctx context.Context, r CreatePackageRequestObject) (CreatePackageResponseObject, error) {
	k, err := s.desk.CreatePackage(ctx, value(r.Params.IdempotencyKey), r.Product, r.Body.Name)
	if err != nil {
		return nil, err
	}
	return CreatePackage201JSONResponse(packageView(k)), nil
}

func (s server) GetPackage(ctx context.Context, r GetPackageRequestObject) (GetPackageResponseObject, error) {
	k, err := s.desk.Package(ctx, r.Package)
	if err != nil {
		return nil, err
	}
	return GetPackage200JSONResponse(packageView(k)), nil
}

func (s server) UpdatePackage(ctx context.Context, r UpdatePackageRequestObject) (UpdatePackageResponseObject, error) {
	k, err := s.desk.UpdatePackage(ctx, r.Package, r.Body.Version, r.Body.Name)
	if err != nil {
		return nil, err
	}
	return UpdatePackage200JSONResponse(packageView(k)), nil
}

func (s server) ListReleases(ctx context.Context, r ListReleasesRequestObject) (ListReleasesResponseObject, error) {
	list, next, err := s.desk.Releases(ctx, r.Params.PackageId, value(r.Params.Cursor), limit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	page := ReleasePage{Releases: make([]Release, len(list)), Next: unlessZero(next)}
	for i, v := range list {
		page.Releases[i] = release(v)
	}
	return ListReleases200JSONResponse(page), nil
}

func (s server) GetRelease(ctx context.Context, r GetReleaseRequestObject) (GetReleaseResponseObject, error) {
	v, err := s.desk.Release(ctx, r.Release)
	if err != nil {
		return nil, err
	}
	return GetRelease200JSONResponse(release(v)), nil
}

func (s server) CreateRelease(ctx context.Context, r CreateReleaseRequestObject) (CreateReleaseResponseObject, error) {
	v, err := s.desk.CreateRelease(ctx, value(r.Params.IdempotencyKey), r.Package, desk.ReleaseInput{
		Number: r.Body.Number, ReleasedOn: r.Body.ReleasedOn.Time, Notes: value(r.Body.Notes),
	})
	if err != nil {
		return nil, err
	}
	return CreateRelease201JSONResponse(release(v)), nil
}

func (s server) UpdateRelease(ctx context.Context, r UpdateReleaseRequestObject) (UpdateReleaseResponseObject, error) {
	v, err := s.desk.UpdateRelease(ctx, r.Release, r.Body.Version, desk.ReleaseInput{
		Number: r.Body.Number, ReleasedOn: r.Body.ReleasedOn.Time, Notes: r.Body.Notes,
	})
	if err != nil {
		return nil, err
	}
	return UpdateRelease200JSONResponse(release(v)), nil
}

func (s server) AskUpgrade(ctx context.Context, r AskUpgradeRequestObject) (AskUpgradeResponseObject, error) {
	v, err := s.desk.AskUpgrade(ctx, value(r.Params.IdempotencyKey), r.Ticket, r.Body.ReleaseId, value(r.Body.Text), value(r.Body.Files))
	if err != nil {
		return nil, err
	}
	return AskUpgrade200JSONResponse{TicketAnswerJSONResponse(ticketDetail(v))}, nil
}

func (s server) AcceptVersion(ctx context.Context, r AcceptVersionRequestObject) (AcceptVersionResponseObject, error) {
	v, err := s.desk.AcceptVersion(ctx, value(r.Params.IdempotencyKey), r.Ticket, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return AcceptVersion200JSONResponse{TicketAnswerJSONResponse(ticketDetail(v))}, nil
}

func product(p store.Product) Product {
	view := Product{Id: p.ID, Version: p.Version, Name: p.Name, Packages: make([]Package, len(p.Packages)), CreatedAt: p.CreatedAt}
	for i, k := range p.Packages {
		view.Packages[i] = packageView(k)
	}
	return view
}

func packageView(k store.Package) Package {
	return Package{Id: k.ID, Version: k.Version, Product: Named{Id: k.ProductID, Name: k.Product}, Name: k.Name, CreatedAt: k.CreatedAt}
}

func release(v desk.ReleaseView) Release {
	return Release{
		Id: v.ID, Version: v.Version, Product: Named{Id: v.ProductID, Name: v.Product}, Package: Named{Id: v.PackageID, Name: v.Package},
		Number: v.Number, ReleasedOn: openapi_types.Date{Time: v.ReleasedOn}, Notes: v.Notes, Supported: v.Supported, CreatedAt: v.CreatedAt,
	}
}
