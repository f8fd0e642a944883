// Vendure as it comes: its default configuration with the dummy payment, on PostgreSQL. `node vendure.js fill STOCK`
// makes the shop, `node vendure.js serve` runs two web processes, `node vendure.js work` its job worker.
const path = require('path');
const cluster = require('cluster');
const at = name => require(require.resolve(name, { paths: [process.cwd()] }));
const core = at('@vendure/core');

const config = {
    apiOptions: { port: Number(process.env.PEER_PORT), adminApiPath: 'admin-api', shopApiPath: 'shop-api' },
    authOptions: {
        tokenMethod: ['bearer', 'cookie'], requireVerification: false,
        superadminCredentials: { identifier: 'superadmin', password: 'superadmin' },
        cookieOptions: { secret: 'of a measurement' },
    },
    dbConnectionOptions: {
        type: 'postgres', host: process.env.PEER_SOCKET, username: 'postgres', password: '', database: 'vendure',
        synchronize: process.argv[2] === 'fill', logging: false, migrations: [],
    },
    paymentOptions: { paymentMethodHandlers: [core.dummyPaymentHandler] },
    logger: new core.DefaultLogger({ level: core.LogLevel.Warn }),
    plugins: [core.DefaultJobQueuePlugin.init({}), core.DefaultSearchPlugin.init({})],
};

async function fill(stock) {
    const app = await core.bootstrap(config);
    const base = `http://127.0.0.1:${process.env.PEER_PORT}/admin-api`;
    let token = '';
    const ask = async (query, variables = {}) => {
        const answer = await fetch(base, {
            method: 'POST', headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
            body: JSON.stringify({ query, variables }),
        });
        token = answer.headers.get('vendure-auth-token') || token;
        const body = await answer.json();
        if (body.errors) throw new Error(JSON.stringify(body.errors));
        return body.data;
    };
    await ask('mutation { login(username: "superadmin", password: "superadmin") { __typename } }');
    const zone = (await ask('mutation { createZone(input: {name: "all"}) { id } }')).createZone.id;
    const country = (await ask('mutation { createCountry(input: {code: "GB", enabled: true, translations: [{languageCode: en, name: "GB"}]}) { id } }')).createCountry.id;
    await ask('mutation($z: ID!, $c: [ID!]!) { addMembersToZone(zoneId: $z, memberIds: $c) { id } }', { z: zone, c: [country] });
    const tax = (await ask('mutation { createTaxCategory(input: {name: "usual", isDefault: true}) { id } }')).createTaxCategory.id;
    await ask('mutation($z: ID!, $t: ID!) { createTaxRate(input: {name: "none", enabled: true, value: 0, categoryId: $t, zoneId: $z}) { id } }', { z: zone, t: tax });
    const channel = (await ask('{ activeChannel { id } }')).activeChannel.id;
    await ask('mutation($id: ID!, $z: ID!) { updateChannel(input: {id: $id, defaultTaxZoneId: $z, defaultShippingZoneId: $z, trackInventory: true}) { __typename } }', { id: channel, z: zone });
    await ask(`mutation { createShippingMethod(input: {code: "flat", fulfillmentHandler: "manual-fulfillment",
        checker: {code: "default-shipping-eligibility-checker", arguments: [{name: "orderMinimum", value: "0"}]},
        calculator: {code: "default-shipping-calculator", arguments: [{name: "rate", value: "500"}, {name: "includesTax", value: "auto"}, {name: "taxRate", value: "0"}]},
        translations: [{languageCode: en, name: "flat", description: ""}]}) { id } }`);
    await ask(`mutation { createPaymentMethod(input: {code: "dummy", enabled: true,
        handler: {code: "dummy-payment-handler", arguments: [{name: "automaticSettle", value: "true"}]},
        translations: [{languageCode: en, name: "dummy"}]}) { id } }`);
    for (let number = 1; number <= 1000; number++) {
        const product = (await ask('mutation($n: String!, $s: String!) { createProduct(input: {enabled: true, translations: [{languageCode: en, name: $n, slug: $s, description: ""}]}) { id } }',
            { n: `Article ${number}`, s: `article-${number}` })).createProduct.id;
        await ask(`mutation($p: ID!, $n: String!, $k: Int!) { createProductVariants(input: [{productId: $p, sku: $n, price: 990, stockOnHand: $k, trackInventory: TRUE,
            translations: [{languageCode: en, name: $n}]}]) { id } }`, { p: product, n: String(number), k: number === 1 ? stock : 10000000 });
    }
    await app.close();
    process.exit(0);
}

if (process.argv[2] === 'fill') fill(Number(process.argv[3])).catch(error => { console.error(error); process.exit(1); });
else if (process.argv[2] === 'work') core.bootstrapWorker(config).then(worker => worker.startJobQueue());
else if (cluster.isPrimary) { cluster.fork(); cluster.fork(); } else core.bootstrap(config);
