# Casepath in one file: a static program on nothing. Time zones, pages and
# migrations are in the program; only the roots of trust come along.
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 GOFLAGS=-mod=readonly go build -buildvcs=false -ldflags="-s -w" -o /out/casepath ./cmd/casepath
RUN mkdir /out/empty

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build --chown=1000:1000 /out/empty /tmp
COPY --from=build --chown=1000:1000 /out/empty /var/lib/casepath/files
COPY --from=build /out/casepath /casepath
USER 1000:1000
ENV CASEPATH_LISTEN=0.0.0.0:8080 CASEPATH_FILES=/var/lib/casepath/files
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/casepath", "healthcheck"]
ENTRYPOINT ["/casepath"]
CMD ["api"]
