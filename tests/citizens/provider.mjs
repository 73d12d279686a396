// The identity provider of the tests: oidc-provider with one client and invented people.
// Takes what it needs as JSON in its first argument, prints its address when it listens.
import http from "node:http";
import Provider from "oidc-provider";

const { client, redirect, people, scopes, dropped } = JSON.parse(process.argv[2]);
const server = http.createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [redirect],
        // Which scopes this client may have: others are dropped, and nobody says so.
        scope: scopes.filter((scope) => scope !== dropped).join(" "),
      },
    ],
    scopes,
    claims: { openid: ["sub"], identity: ["personal_number"], profile: ["name"] },
    cookies: { keys: ["invented"] },
    pkce: { required: () => true },
    async findAccount(_, sub) {
      return { accountId: sub, claims: async () => ({ sub, ...people[sub] }) };
    },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
