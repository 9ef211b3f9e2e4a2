//! Signatures by `WebCrypto`: in the runtime itself, so the bundle carries no cryptography for them.

use std::cell::RefCell;

use edge::config::{Algorithm, TokenKey};
use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use worker::wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    type SubtleCrypto;

    #[wasm_bindgen(thread_local_v2, js_namespace = crypto, js_name = subtle)]
    static SUBTLE: SubtleCrypto;

    #[wasm_bindgen(method, catch, js_name = importKey)]
    fn import_key(
        this: &SubtleCrypto,
        format: &str,
        data: &Uint8Array,
        algorithm: &Object,
        extractable: bool,
        usages: &Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn verify(
        this: &SubtleCrypto,
        algorithm: &Object,
        key: &JsValue,
        signature: &Uint8Array,
        data: &Uint8Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn sign(
        this: &SubtleCrypto,
        algorithm: &Object,
        key: &JsValue,
        data: &Uint8Array,
    ) -> Result<Promise, JsValue>;
}

thread_local! {
    /// The key that was imported last: there is one in a deployment, and importing it costs as much as
    /// a check.
    static IMPORTED: RefCell<Option<(TokenKey, JsValue)>> = const { RefCell::new(None) };
}

/// Whether `signature` is one over `data`. `Err`: the key itself cannot be used.
pub(crate) async fn verify(key: &TokenKey, signature: &[u8], data: &[u8]) -> Result<bool, JsValue> {
    let algorithm = parameters(key.algorithm())?;
    let imported = import(key, &algorithm).await?;
    let (signature, data) = (Uint8Array::from(signature), Uint8Array::from(data));
    let promise = SUBTLE.with(|subtle| subtle.verify(&algorithm, &imported, &signature, &data))?;
    Ok(JsFuture::from(promise).await?.is_truthy())
}

/// Signs with a shared secret.
pub(crate) async fn sign_hs256(key: &TokenKey, data: &[u8]) -> Result<Vec<u8>, JsValue> {
    let algorithm = parameters(Algorithm::Hs256)?;
    let imported = import(key, &algorithm).await?;
    let data = Uint8Array::from(data);
    let promise = SUBTLE.with(|subtle| subtle.sign(&algorithm, &imported, &data))?;
    Ok(Uint8Array::new(&JsFuture::from(promise).await?).to_vec())
}

async fn import(key: &TokenKey, algorithm: &Object) -> Result<JsValue, JsValue> {
    let known = IMPORTED.with_borrow(|imported| {
        imported.as_ref().filter(|(of, _)| of == key).map(|(_, imported)| imported.clone())
    });
    if let Some(imported) = known {
        return Ok(imported);
    }
    let (format, bytes, usages) = match key {
        TokenKey::Secret(secret) => ("raw", secret, &["sign", "verify"][..]),
        TokenKey::Public { spki, .. } => ("spki", spki, &["verify"][..]),
    };
    let usages: Array = usages.iter().map(|usage| JsValue::from_str(usage)).collect();
    let data = Uint8Array::from(bytes.as_slice());
    let promise =
        SUBTLE.with(|subtle| subtle.import_key(format, &data, algorithm, false, &usages))?;
    let imported = JsFuture::from(promise).await?;
    IMPORTED.set(Some((key.clone(), imported.clone())));
    Ok(imported)
}

/// One object that serves both as the key's parameters and as the operation's.
fn parameters(algorithm: Algorithm) -> Result<Object, JsValue> {
    let members: &[(&str, &str)] = match algorithm {
        Algorithm::Hs256 => &[("name", "HMAC"), ("hash", "SHA-256")],
        Algorithm::Es256 => &[("name", "ECDSA"), ("namedCurve", "P-256"), ("hash", "SHA-256")],
        Algorithm::Rs256 => &[("name", "RSASSA-PKCS1-v1_5"), ("hash", "SHA-256")],
    };
    let parameters = Object::new();
    for (name, value) in members {
        Reflect::set(&parameters, &JsValue::from_str(name), &JsValue::from_str(value))?;
    }
    Ok(parameters)
}
