package api

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"
)

func (s server) ListComments(ctx context.Context, r ListCommentsRequestObject) (ListCommentsResponseObject, error) {
	list, next, err := s.desk.Comments(ctx, r.Ticket, value(r.Params.Cursor), limit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	page := CommentPage{Comments: make([]Comment, len(list)), Next: unlessZero(next)}
	for i, c := range list {
		page.Comments[i] = comment(c)
	}
	return ListComments200JSONResponse(page), nil
}

func (s server) AddComment(ctx context.Context, r AddCommentRequestObject) (AddCommentResponseObject, error) {
	c, err := s.desk.Comment(ctx, value(r.Params.IdempotencyKey), r.Ticket, r.Body.Text, value(r.Body.Files))
	if err != nil {
		return nil, err
	}
	return AddComment201JSONResponse{CommentAnswerJSONResponse(comment(c))}, nil
}

func (s server) AddNote(ctx context.Context, r AddNoteRequestObject) (AddNoteResponseObject, error) {
	c, err := s.desk.Note(ctx, value(r.Params.IdempotencyKey), r.Ticket, r.Body.Text, value(r.Body.Files))
	if err != nil {
		return nil, err
	}
	return AddNote201JSONResponse{CommentAnswerJSONResponse(comment(c))}, nil
}

func (s server) UploadFile(ctx context.Context, r UploadFileRequestObject) (UploadFileResponseObject, error) {
	f, err := s.desk.Upload(ctx, value(r.Params.IdempotencyKey), r.Params.Name, r.Body)
	if err != nil {
		return nil, err
	}
	return UploadFile201JSONResponse(file(f)), nil
}

func (s server) DownloadFile(ctx context.Context, r DownloadFileRequestObject) (DownloadFileResponseObject, error) {
	f, content, err := s.desk.Download(ctx, r.File)
	if err != nil {
		return nil, err
	}
	return download{name: f.Name, size: f.Size, content: content}, nil
}

// download answers with a file that is saved, never shown or run in place
// (abuse case B21): an attachment of no type but bytes, sandboxed should a
// browser open it all the same.
type download struct {
	name    string
	size    int64
	content io.ReadCloser
}

// VisitDownloadFileResponse writes the file.
func (d download) VisitDownloadFileResponse(w http.ResponseWriter) error {
	defer func() { _ = d.content.Close() }()
	h := w.Header()
	h.Set("Content-Type", echo.MIMEOctetStream)
	h.Set("Content-Length", strconv.FormatInt(d.size, 10))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.name}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	w.WriteHeader(http.StatusOK)
	_, err := io.Copy(w, d.content)
	return err
}
