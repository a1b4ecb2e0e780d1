# The container image: the program and the authorities that it trusts upstream,
# nothing else. `make image` builds it from bin/image, which scripts/image.sh fills;
# no base image is fetched.
FROM scratch
COPY hardpan /hardpan
COPY etc /etc
COPY --chown=65532:65532 data /data
COPY --chown=65532:65532 tmp /tmp
ENV HOME=/data HARDPAN_DATA_DIR=/data HARDPAN_LISTEN=:8642 SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt TMPDIR=/tmp
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 8642
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=20s CMD ["/hardpan", "health"]
ENTRYPOINT ["/hardpan"]
CMD ["serve"]
