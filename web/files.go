package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/casepath/casepath/problem"
)

// uploads keeps the files of a form and adds those kept before. Each has a key
// of its own, by its place and content: a form sent twice keeps them once, and
// one sent again with other files keeps those.
func (q *request) uploads(ctx context.Context, name string) (ids []uuid.UUID, err error) {
	for _, kept := range q.Request().PostForm["file"] {
		if id, err := uuid.Parse(kept); err == nil {
			ids = append(ids, id)
		}
	}
	if q.Request().MultipartForm == nil {
		return ids, nil
	}
	for i, header := range q.Request().MultipartForm.File[name] {
		if header.Filename == "" && header.Size == 0 {
			continue // the field was left empty
		}
		id, err := q.upload(ctx, i, header)
		if err != nil {
			return ids, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (q *request) upload(ctx context.Context, place int, header *multipart.FileHeader) (id uuid.UUID, err error) {
	content, err := header.Open()
	if err != nil {
		return id, err
	}
	defer func() { _ = content.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, content); err != nil {
		return id, err
	}
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return id, err
	}
	f, err := q.site.desk.Upload(ctx, fmt.Sprintf("%s/%d/%s", q.formKey(), place, hex.EncodeToString(sum.Sum(nil))), header.Filename, content)
	return f.ID, err
}

// download sends a file to be saved, never shown as a page of ours.
func download(q *request) error {
	id, err := uuid.Parse(q.Param("file"))
	if err != nil {
		return problem.Missing()
	}
	f, content, err := q.site.desk.Download(q.Request().Context(), id)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	h := q.Response().Header()
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	return q.Stream(http.StatusOK, "application/octet-stream", content)
}
