package api

import (
	"context"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
)

func (s server) ListWatchers(ctx context.Context, r ListWatchersRequestObject) (ListWatchersResponseObject, error) {
	list, err := s.desk.Watchers(ctx, r.Ticket)
	if err != nil {
		return nil, err
	}
	return ListWatchers200JSONResponse(watchers(list)), nil
}

func (s server) AddWatcher(ctx context.Context, r AddWatcherRequestObject) (AddWatcherResponseObject, error) {
	list, err := s.desk.AddWatcher(ctx, r.Ticket, desk.NewWatcher{PersonID: r.Body.PersonId, Email: value(r.Body.Email)})
	if err != nil {
		return nil, err
	}
	return AddWatcher200JSONResponse(watchers(list)), nil
}

func (s server) RemoveWatcher(ctx context.Context, r RemoveWatcherRequestObject) (RemoveWatcherResponseObject, error) {
	if err := s.desk.RemoveWatcher(ctx, r.Ticket, r.Person); err != nil {
		return nil, err
	}
	return RemoveWatcher204Response{}, nil
}

func watchers(list []store.Watcher) Watchers {
	view := Watchers{Watchers: make([]Watcher, len(list))}
	for i, w := range list {
		view.Watchers[i] = Watcher{Id: w.PersonID, Name: w.Name, Organization: w.Organization, AddedAt: w.AddedAt}
	}
	return view
}
