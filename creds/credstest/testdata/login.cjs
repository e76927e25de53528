// Gets a profile's credentials by the AWS SDK for JavaScript, once it may: it says "ready",
// waits for the end of its input, and prints what it got.
const { fromLoginCredentials } = require("@aws-sdk/credential-provider-login");

async function main() {
  // The SDK loads its client when it renews.
  require("@aws-sdk/nested-clients/signin");
  process.stdout.write("ready\n");
  for await (const _ of process.stdin);
  const result = {};
  try {
    result.accessKeyId = (await fromLoginCredentials()()).accessKeyId;
  } catch (error) {
    result.error = String(error);
  }
  process.stdout.write(JSON.stringify(result) + "\n");
}

main();
